import ClusterModel

/// What the objects of one buffer have in common, read once.
///
/// Holds pointers into that buffer, and must not outlive it.
final class SharedParts {
    private var texts = SpanMemo<String?>()
    var labels = SpanMemo<Labels>()
    var owners = SpanMemo<OwnerReference?>()
    var containerResources = SpanMemo<ContainerResources>()
    var ports = SpanMemo<[ContainerPort]>()
    var tolerations = SpanMemo<[Toleration]>()
    var affinities = SpanMemo<RequiredAffinity>()
    var spreads = SpanMemo<[SpreadConstraint]>()

    /// A text that many objects hold, such as a namespace or a node's name.
    func text(_ cursor: inout JSONCursor) throws -> String? { try texts.value(&cursor) { try $0.scalar() } }
}
