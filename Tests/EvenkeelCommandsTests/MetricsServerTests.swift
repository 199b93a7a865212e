import Testing

@testable import EvenkeelCommands

struct MetricsServerTests {
    @Test func `a scrape gets the page as OpenMetrics`() async {
        let reply = await MetricsServer.response(to: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") { "a 1\n# EOF\n" }
        #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0;"))
        #expect(reply.hasSuffix("Content-Length: 10\r\nConnection: close\r\n\r\na 1\n# EOF\n"))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "404"), ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
        ("GET /metrics HTTP/1.1\r\n", "400"),
        ("", "400"), ("\r\n\r\n", "400"),
    ]) func `anything else is refused`(request: String, status: String) async {
        let reply = await MetricsServer.response(to: request) { "a 1\n" }
        #expect(reply.hasPrefix("HTTP/1.1 \(status) "))
        #expect(!reply.contains("a 1"))
    }

    @Test func `a page that cannot be drawn up says why`() async {
        let reply = await MetricsServer.response(to: "GET /metrics HTTP/1.1\r\n\r\n") {
            throw CommandFailure("disk full")
        }
        #expect(reply.hasPrefix("HTTP/1.1 500 "))
        #expect(reply.hasSuffix("disk full\n"))
    }

    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:80", "::1", 80), ("localhost:1", "localhost", 1),
        ("9464", "127.0.0.1", 9464),
    ])
    func `an address has a host and a port`(text: String, host: String, port: Int) throws {
        let server = try MetricsServer(address: text)
        #expect(server.host == host && server.port == port)
    }

    @Test(arguments: ["", "94640", ":9464", "host", "host:0", "host:70000", "host:http"])
    func `what is no address is wrong usage`(text: String) {
        #expect { _ = try MetricsServer(address: text) } throws: { ($0 as? CommandFailure)?.code == .usage }
    }
}
