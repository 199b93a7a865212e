/// What `--input NAME=VALUE` gives.
enum InputValues {
    static func read(_ inputs: [String]) throws -> [String: String] {
        var values: [String: String] = [:]
        for input in inputs {
            guard let sign = input.firstIndex(of: "=") else {
                throw CommandFailure("--input \(input): write it as NAME=VALUE", code: .usage)
            }
            values[String(input[..<sign])] = String(input[input.index(after: sign)...])
        }
        return values
    }
}
