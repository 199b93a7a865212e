/// A refusal as a Kubernetes `Status` object.
struct Refusal: Error {
    var code: Int
    var reason: String?
    var message: String
    var details: JSONValue?
    var continuation: String?
    var retryAfter: Int?
    var warnings: [String] = []

    init(_ code: Int, _ reason: String?, _ message: String, details: JSONValue? = nil) {
        (self.code, self.reason, self.message, self.details) = (code, reason, message, details)
    }

    var status: JSONValue {
        var status: JSONValue = ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure"]
        if let continuation { status["metadata", "continue"] = .string(continuation) }
        status["message"] = .string(message)
        status["reason"] = reason.map { .string($0) }
        status["details"] = details
        status["code"] = JSONValue(code)
        return status
    }

    var response: PracticeResponse {
        var response = PracticeResponse.json(status, status: code)
        if let retryAfter { response.headers.append(("Retry-After", String(retryAfter))) }
        for warning in warnings { response.headers.append(("Warning", warning)) }
        return response
    }

    static func details(_ kind: ResourceKind, _ name: String, as kindName: String? = nil) -> JSONValue {
        var details: JSONValue = ["name": .string(name)]
        if !kind.group.isEmpty { details["group"] = .string(kind.group) }
        details["kind"] = .string(kindName ?? kind.plural)
        return details
    }
}

extension Refusal {
    static func notFound(_ kind: ResourceKind, _ name: String) -> Refusal {
        Refusal(404, "NotFound", "\(kind.qualifiedPlural) \"\(name)\" not found", details: details(kind, name))
    }

    static let noSuchResource = Refusal(
        404,
        "NotFound",
        "the server could not find the requested resource",
        details: [:]
    )
    static let otherNamespace = badRequest(
        "the namespace of the provided object does not match the namespace sent on the request"
    )
    static let methodNotAllowed = Refusal(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        details: [:]
    )
    static let unauthorized = Refusal(401, "Unauthorized", "Unauthorized")
    static let rejectedPatch = Refusal(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
        details: [:]
    )
    static let unsupportedMediaType = Refusal(
        415,
        "UnsupportedMediaType",
        "415: Unsupported Media Type",
        details: [:]
    )

    static func badRequest(_ message: String) -> Refusal { Refusal(400, "BadRequest", message) }

    static func exists(_ kind: ResourceKind, _ name: String) -> Refusal {
        Refusal(
            409,
            "AlreadyExists",
            "\(kind.qualifiedPlural) \"\(name)\" already exists",
            details: details(kind, name)
        )
    }

    static func stale(_ kind: ResourceKind, _ name: String) -> Refusal {
        let message =
            "Operation cannot be fulfilled on \(kind.qualifiedPlural) \"\(name)\": the object has been modified; "
            + "please apply your changes to the latest version and try again"
        return Refusal(409, "Conflict", message, details: details(kind, name))
    }

    /// A precondition of a deletion or an eviction that does not hold.
    static func precondition(_ kind: ResourceKind, _ name: String, _ text: String) -> Refusal {
        Refusal(
            409,
            "Conflict",
            "Operation cannot be fulfilled on \(kind.qualifiedKind) \"\(name)\": \(text)",
            details: details(kind, name, as: kind.rawValue)
        )
    }

    /// One field that is not valid.
    ///
    /// - Parameter twice: the server names the cause twice where two validations find it.
    static func invalid(
        _ kind: ResourceKind,
        _ name: String,
        field: String,
        _ text: String,
        cause: String = "FieldValueInvalid",
        plural: Bool = false,
        twice: Bool = false
    ) -> Refusal {
        let one: JSONValue = ["reason": .string(cause), "message": .string(text), "field": .string(field)]
        var details = details(kind, name, as: plural ? kind.plural : kind.rawValue)
        details["causes"] = .array(twice ? [one, one] : [one])
        let subject = plural ? kind.qualifiedPlural : kind.qualifiedKind
        return Refusal(422, "Invalid", "\(subject) \"\(name)\" is invalid: \(field): \(text)", details: details)
    }

    static let expiredWatch = Refusal(
        410,
        "Expired",
        "The resourceVersion for the provided watch is too old."
    )
    static let expiredList = Refusal(410, "Expired", "The resourceVersion for the provided list is too old.")

    /// An expired continue token, answered with a fresh one for an inconsistent rest.
    static func expiredContinue(fresh: String) -> Refusal {
        var refusal = Refusal(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
                + "without the continue parameter, or use the continue token in this response to retrieve the remainder of "
                + "the results. Continuing with the provided token results in an inconsistent list - objects that were "
                + "created, modified, or deleted between the time the first chunk was returned and now may show up in the "
                + "list."
        )
        refusal.continuation = fresh
        return refusal
    }

    static func tooLargeRevision(_ wanted: Int, current: Int) -> Refusal {
        var refusal = Refusal(
            504,
            "Timeout",
            "Timeout: Too large resource version: \(wanted), current: \(current)",
            details: [
                "causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]],
                "retryAfterSeconds": 1,
            ]
        )
        refusal.retryAfter = 1
        return refusal
    }

    /// The three kinds of budget refusal differ in the cause and in Retry-After.
    static func budget(_ message: String, retryAfter: Int? = nil) -> Refusal {
        var details: JSONValue = ["causes": [["reason": "DisruptionBudget", "message": .string(message)]]]
        if let retryAfter { details["retryAfterSeconds"] = JSONValue(retryAfter) }
        var refusal = Refusal(
            429,
            "TooManyRequests",
            "Cannot evict pod as it would violate the pod's disruption budget.",
            details: details
        )
        refusal.retryAfter = retryAfter
        return refusal
    }
}
