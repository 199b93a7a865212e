/// What tells the scheduler that a node is still to be serviced, so that it prefers others.
package enum SteeringMark {
    package static let taint = Taint(key: "evenkeel.io/to-be-serviced", effect: .preferNoSchedule)

    /// The annotation that names the run which put the taint there; a taint without it is somebody else's.
    package static let ownerAnnotation = "evenkeel.io/steered-by"
}
