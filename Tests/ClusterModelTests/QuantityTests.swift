import ClusterModel
import Testing

struct QuantityTests {
    @Test(
        arguments: [
            ("0", 0, 0), ("1", 1, 1000), ("+1", 1, 1000), ("1.", 1, 1000), (".5", 1, 500), ("0.5", 1, 500),
            ("1500m", 2, 1500), ("12e-3", 1, 12), ("1e3", 1000, 1_000_000), ("1E3", 1000, 1_000_000),
            ("1e+3", 1000, 1_000_000), ("2k", 2000, 2_000_000), ("1.5Gi", 1_610_612_736, 1_610_612_736_000),
            ("1Ki", 1024, 1_024_000), ("1Mi", 1 << 20, 1000 << 20), ("1Ti", 1 << 40, 1000 << 40),
            ("1Pi", 1 << 50, 1000 << 50), ("3M", 3_000_000, 3_000_000_000),
            ("7T", 7_000_000_000_000, 7_000_000_000_000_000),
            ("1n", 1, 1), ("1000000n", 1, 1), ("1000001n", 1, 2), ("1500u", 1, 2), ("100u", 1, 1), ("0.1m", 1, 1),
            ("0.1Ki", 103, 102_400), ("-2", -2, -2000), ("-1500m", -2, -1500), ("-0", 0, 0),
            ("9223372036854775807", Int64.max, Int64.max),
            ("9007199254740993", 9_007_199_254_740_993, 9_007_199_254_740_993_000),
            ("0.30000000000000000000000000000000000001", 1, 301),
            ("00000000000000000000000000000000000000001", 1, 1000),
            ("1.00000000000000000000000000000000000000000", 1, 1000), ("1000000000000000000000000000e-27", 1, 1000),
            ("0.000000000000000000000000000000000001", 1, 1), ("0e99999999999999999999", 0, 0),
            ("1E", 1_000_000_000_000_000_000, Int64.max),
        ] as [(String, Int64, Int64)]
    )
    func `legal notations are read exactly, fractions rounded up`(text: String, units: Int64, milli: Int64) {
        #expect(Quantity.units(text) == units)
        #expect(Quantity.milli(text) == milli)
    }

    /// Kubernetes caps at 2^63-1 as well.
    @Test(arguments: ["100E", "8Ei", "1e19", "1e99999999999999999999", "99999999999999999999999999999999", "9.3E"])
    func `amounts beyond 64 bits count as the largest one`(text: String) {
        #expect(Quantity.units(text) == .max)
        #expect(Quantity.milli(text) == .max)
        #expect(Quantity.units("-" + text) == -.max)
    }

    @Test(arguments: [
        "", " 1", "1 ", "one", "+", "-", ".", "1.2.3", "1K", "1ki", "1mi", "1KI", "1e", "1e+", "1E-", "1e1.5", "1ee3",
        "--1", "+-1", "0x10", "1m1", "m", "Ki", "1e3Ki", "\u{661}", "1,5", "∞", "NaN", "1e3m",
    ])
    func `anything else is no quantity`(text: String) {
        #expect(Quantity.units(text) == nil)
        #expect(Quantity.milli(text) == nil)
    }

    @Test func `an exponent below nothing rounds up to one`() {
        #expect(Quantity.units("1e-99999999999999999999") == 1)
        #expect(Quantity.units("0e-5") == 0)
        #expect(Quantity.milli("5e-4") == 1)
    }
}
