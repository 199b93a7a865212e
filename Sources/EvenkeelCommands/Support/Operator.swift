import Foundation

/// Who types the command: cordons by hand carry this name.
enum Operator {
    static var name: String {
        let user = ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
        return "\(user)@\(ProcessInfo.processInfo.hostName)"
    }
}
