/// Which nodes ask the scheduler to prefer others.
package enum Steering {
    /// Nodes whose waves come after the one at `index`, up to the same version: pods that move now would move again there.
    ///
    /// The nodes of the present wave are cordoned in a moment; in the next hop of an upgrade every node has its turn anew.
    package static func nodes(of waves: [Wave], at index: Int) -> Set<String> {
        guard waves.indices.contains(index) else { return [] }
        let present = waves[index]
        let later = waves[(index + 1)...].filter { $0.version == present.version }.flatMap(\.nodes)
        return Set(later).subtracting(present.nodes)
    }
}
