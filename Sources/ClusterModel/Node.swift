/// A machine of the cluster, as its API reports it.
package struct Node: Hashable, Sendable {
    package var name: String
    package var uid: String
    /// Empty in a snapshot that did not carry it.
    package var resourceVersion: String
    package var labels: Labels
    package var taints: [Taint]
    /// Cordoned: the scheduler places nothing new here.
    package var unschedulable: Bool
    /// The run that cordoned the node, from our annotation; nil for anybody else's cordon.
    package var cordonOwner: String?
    package var ready: Bool
    package var allocatable: Resources
    package var kubeletVersion: Version?
    package var bootID: String
    /// The first InternalIP, or whatever address there is.
    package var address: String?

    package init(
        name: String,
        uid: String = "",
        resourceVersion: String = "",
        labels: Labels = [:],
        taints: [Taint] = [],
        unschedulable: Bool = false,
        cordonOwner: String? = nil,
        ready: Bool = true,
        allocatable: Resources,
        kubeletVersion: Version? = nil,
        bootID: String = "",
        address: String? = nil
    ) {
        self.name = name
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.labels = labels
        self.taints = taints
        self.unschedulable = unschedulable
        self.cordonOwner = cordonOwner
        self.ready = ready
        self.allocatable = allocatable
        self.kubeletVersion = kubeletVersion
        self.bootID = bootID
        self.address = address
    }

    /// The annotation that names the run a cordon belongs to.
    package static let cordonOwnerAnnotation = "evenkeel.io/cordoned-by"

    package var isControlPlane: Bool {
        labels["node-role.kubernetes.io/control-plane"] != nil || labels["node-role.kubernetes.io/master"] != nil
    }

    /// The failure domain the machine stands in.
    package var zone: String? {
        labels["topology.kubernetes.io/zone"] ?? labels["failure-domain.beta.kubernetes.io/zone"]
    }
}
