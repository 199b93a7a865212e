/// A Kubernetes release, as `v1.35.4`, `1.36` or `v1.33.1+k3s1`.
package struct Version: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    /// Nil where only a minor is named (`1.36`).
    package var patch: Int?

    package init(major: Int, minor: Int, patch: Int? = nil) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads a version; what follows `+` or `-` is a vendor's own and does not order.
    package init?(_ text: some StringProtocol) {
        let plain = text.hasPrefix("v") ? text.dropFirst() : text[...]
        let core = plain.prefix { $0 != "+" && $0 != "-" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 else { return nil }
        guard let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0 else { return nil }
        self.init(major: major, minor: minor)
        if parts.count == 3 {
            guard let patch = Int(parts[2]), patch >= 0 else { return nil }
            self.patch = patch
        }
    }

    package var description: String {
        patch.map { "v\(major).\(minor).\($0)" } ?? "v\(major).\(minor)"
    }

    package static func < (left: Version, right: Version) -> Bool {
        (left.major, left.minor, left.patch ?? 0) < (right.major, right.minor, right.patch ?? 0)
    }

    /// Whether a component of this version is what `target` asks for; a target without a patch takes any patch.
    package func satisfies(_ target: Version) -> Bool {
        major == target.major && minor == target.minor && (target.patch == nil || patch == target.patch)
    }

    /// How many minors `self` lies ahead of `other`; nil over a change of the major.
    package func minorsAhead(of other: Version) -> Int? {
        major == other.major ? minor - other.minor : nil
    }
}
