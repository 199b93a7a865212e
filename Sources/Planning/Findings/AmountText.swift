/// Amounts of resources as people write them.
enum AmountText {
    static func text(_ amount: Int64, of resource: String) -> String {
        switch resource {
        case "cpu": "\(decimal(amount, unit: 1000)) cores"
        case "memory", "ephemeral-storage": "\(bytes(amount)) of \(resource)"
        case "pods": amount == 1 ? "1 pod" : "\(amount) pods"
        default: "\(amount) \(resource)"
        }
    }

    private static func bytes(_ amount: Int64) -> String {
        if amount >= 1 << 30 { return "\(decimal(amount, unit: 1 << 30)) GiB" }
        if amount >= 1 << 20 { return "\(decimal(amount, unit: 1 << 20)) MiB" }
        return "\(amount) bytes"
    }

    /// Two decimals at most, rounded up so that a shortage never reads as nothing.
    private static func decimal(_ amount: Int64, unit: Int64) -> String {
        let whole = amount / unit
        let hundredths = (amount % unit * 100 + unit - 1) / unit
        if hundredths == 0 { return "\(whole)" }
        if hundredths == 100 { return "\(whole + 1)" }
        if hundredths % 10 == 0 { return "\(whole).\(hundredths / 10)" }
        return hundredths < 10 ? "\(whole).0\(hundredths)" : "\(whole).\(hundredths)"
    }
}
