import Foundation

/// A JSON object as Foundation reads it; the observer shares no parser with what it observes.
struct JSONObject {
    private let values: [String: Any]

    init(_ values: [String: Any]) { self.values = values }

    init?(text: some StringProtocol) {
        guard let values = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            return nil
        }
        self.values = values
    }

    /// An inner object; empty where there is none.
    func object(_ key: String) -> JSONObject { JSONObject(values[key] as? [String: Any] ?? [:]) }

    func objects(_ key: String) -> [JSONObject] { (values[key] as? [[String: Any]] ?? []).map(JSONObject.init) }

    func string(_ key: String) -> String? { values[key] as? String }

    func integer(_ key: String) -> Int? { values[key] as? Int }

    func number(_ key: String) -> Double? { (values[key] as? NSNumber)?.doubleValue }

    func flag(_ key: String) -> Bool { values[key] as? Bool ?? false }

    func strings(_ key: String) -> [String: String] { values[key] as? [String: String] ?? [:] }

    func list(_ key: String) -> [String] { values[key] as? [String] ?? [] }

    func has(_ key: String) -> Bool { values[key] != nil }

    /// The same values always make the same text.
    var text: String {
        let data = try? JSONSerialization.data(withJSONObject: values, options: .sortedKeys)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
