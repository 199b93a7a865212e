/// Why a file is no plan.
package enum PlanFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Some other document, or none of ours.
    case kind(apiVersion: String?, kind: String?)
    /// A value at a place of the file that cannot be what it should be.
    case value(at: String, found: String, expected: String)
    case duplicateWave(Int)

    package var description: String {
        switch self {
        case .kind(let apiVersion, let kind):
            "this is \(kind ?? "no kind") of \(apiVersion ?? "no apiVersion"), not a plan: "
                + "give a file that evenkeel plan --output json wrote (apiVersion evenkeel/v1, kind Plan)"
        case .value(let place, let found, let expected):
            "\(place) is \"\(found)\", which is not \(expected): write the plan anew with evenkeel plan --output json"
        case .duplicateWave(let number):
            "wave \(number) is there twice: write the plan anew with evenkeel plan --output json"
        }
    }
}
