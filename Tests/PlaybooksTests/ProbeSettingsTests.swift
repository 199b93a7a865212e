import ClusterModel
import Playbooks
import Testing

@Suite struct ProbeSettingsTests {
    private func load(_ text: String) throws -> SiteSettings { try SiteSettings.load(file: "e.yaml", text: text) }

    @Test func `probes are read with their defaults`() throws {
        let probes = try load(
            """
            probes:
              - {workload: shop/web, http: "https://shop.internal/healthz", status: 200, body: ok, every: 500ms, timeout: 1s}
              - {workload: shop/web, name: port, tcp: "10.0.0.7:443", via: bastion-1}
              - {workload: shop/queue, command: "redis-cli ping"}
              - {workload: shop/web, prometheus: "up", server: "http://p:9090", atLeast: 0.5, every: 30s}
            """
        ).probes
        #expect(
            probes == [
                ProbeSettings(
                    workload: "shop/web",
                    name: "https://shop.internal/healthz",
                    target: .http(url: "https://shop.internal/healthz", statuses: 200...200, body: "ok"),
                    interval: .milliseconds(500),
                    timeout: .seconds(1)
                ),
                ProbeSettings(
                    workload: "shop/web",
                    name: "port",
                    target: .tcp(host: "10.0.0.7", port: 443),
                    via: "bastion-1"
                ),
                ProbeSettings(
                    workload: "shop/queue",
                    name: "redis-cli ping",
                    target: .command("redis-cli ping")
                ),
                ProbeSettings(
                    workload: "shop/web",
                    name: "up",
                    target: .prometheus(query: "up", server: "http://p:9090", atLeast: 0.5),
                    interval: .seconds(30)
                ),
            ]
        )
        #expect(probes.map(\.isActive) == [true, true, true, false])
    }

    @Test(arguments: [
        ("{workload: web, tcp: \"a:1\"}", "`web` names no workload (write `NAMESPACE/NAME`, such as `shop/web`)"),
        ("{workload: shop/*, tcp: \"a:1\"}", "`shop/*` names no workload (write `NAMESPACE/NAME`, such as `shop/web`)"),
        ("{tcp: \"a:1\"}", "`workload` is missing"),
        ("{workload: a/b}", "a probe looks at one thing (one of http, tcp, command, prometheus)"),
        (
            "{workload: a/b, tcp: \"a:1\", http: \"http://x\"}",
            "a probe looks at one thing (one of http, tcp, command, prometheus)"
        ),
        ("{workload: a/b, tcp: \"a:1\", body: x}", "belongs to `http`"),
        ("{workload: a/b, http: \"x\"}", "`x` is no URL (begin it with http:// or https://)"),
        ("{workload: a/b, http: \"http://x\", status: 99}", "`99` is no status (write it as `200` or `200-399`)"),
        (
            "{workload: a/b, http: \"http://x\", status: 300-200}",
            "`300-200` is no status (write it as `200` or `200-399`)"
        ),
        ("{workload: a/b, tcp: \"a:1\", every: 50ms}", "50ms is out of range (100ms to 3600s)"),
        ("{workload: a/b, tcp: \"a:1\", every: 5}", "expected a duration, found `5` (write it as `500ms` or `2s`)"),
        ("{workload: a/b, prometheus: up}", "`server` is missing"),
        ("{workload: a/b, prometheus: up, server: \"http://p\", via: n}", "Prometheus is asked straight from here"),
    ])
    func `a bad probe is refused with the fix`(entry: String, complaint: String) {
        let found = complaints { () throws(YAMLProblems) in
            _ = try SiteSettings.load(file: "e.yaml", text: "probes:\n  - \(entry)\n")
        }
        #expect(found.count == 1 && found[0].hasSuffix(": \(complaint)"), "\(found)")
    }

    @Test func `two probes of a workload have two names`() {
        let found = complaints { () throws(YAMLProblems) in
            _ = try SiteSettings.load(
                file: "e.yaml",
                text: "probes:\n  - {workload: a/b, tcp: \"a:1\"}\n  - {workload: a/b, tcp: \"a:1\"}\n"
            )
        }
        #expect(found.count == 1 && found[0].contains("has a probe `a:1` already (give each a `name` of its own)"))
    }

    @Test func `an objective may choose its workloads by the labels of their pods`() throws {
        let objectives = try load(
            """
            objectives:
              - {selector: "tier=gold", availability: 99.9%}
              - {workload: shop/*, selector: "!test", availability: 99%}
            """
        ).objectives
        let web = WorkloadID(kind: "Deployment", namespace: "shop", name: "web")
        let ledger = WorkloadID(kind: "Deployment", namespace: "data", name: "ledger")
        #expect(objectives.map(\.name) == ["tier=gold", "shop/* (!test)"])
        #expect(objectives[0].matches(ledger, labels: ["tier": "gold"]))
        #expect(!objectives[0].matches(ledger, labels: [:]))
        #expect(objectives[1].matches(web, labels: [:]))
        #expect(!objectives[1].matches(web, labels: ["test": ""]))
        #expect(!objectives[1].matches(ledger, labels: [:]))
    }

    @Test func `an objective without workload and selector, or with a bad one, is refused`() {
        let found = complaints { () throws(YAMLProblems) in
            _ = try SiteSettings.load(
                file: "e.yaml",
                text: "objectives:\n  - {availability: 99%}\n  - {selector: \"a b c\", availability: 99%}\n"
            )
        }
        #expect(found.count == 2)
        #expect(
            found.last?.contains("`a b c` is no label selector (write it as `tier=gold,!test`)") == true,
            "\(found)"
        )
    }
}
