@testable import Kubernetes

/// Reads JSON text with the scanner.
func scan<Value>(_ text: String, _ body: (inout JSONCursor) throws -> Value) throws -> Value {
    try Array(text.utf8).withUnsafeBufferPointer { bytes in
        var cursor = JSONCursor(bytes)
        return try body(&cursor)
    }
}
