import ClusterModel
import Ports

extension APIStatus {
    /// What a refused eviction means.
    enum EvictionRefusal: Hashable {
        case outcome(EvictionOutcome)
        /// The pod may be another one by now, or only have changed: it must be looked at.
        case podChanged
        /// Nothing particular to evictions.
        case other
    }

    /// Three answers share the code 429: only the one whose cause is the budget, and that names no time to wait, says
    /// that the budget is spent.
    var evictionRefusal: EvictionRefusal {
        switch code {
        case 404 where about == "pods" || about == "namespaces": return .outcome(.gone)
        case 409: return .podChanged
        case 403 where causes.contains { $0.reason == "NamespaceTerminating" }: return .outcome(.namespaceTerminating)
        case 429:
            guard let cause = causes.first(where: { $0.reason == "DisruptionBudget" }) else {
                return .outcome(.overloaded(retryAfter: retryAfter ?? .seconds(1)))
            }
            if let retryAfter { return .outcome(.budgetNotCounted(retryAfter: retryAfter)) }
            return .outcome(.budgetSpent(message: cause.message))
        // More than one budget is the one internal error of an eviction that comes without a reason.
        case 500 where isStatus && reason.isEmpty: return .outcome(.impossible(message: message))
        default: return .other
        }
    }
}
