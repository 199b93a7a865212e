import Foundation
import Testing

@testable import EvenkeelCommands

struct PrometheusTests {
    private static let vector = #"""
        {"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"job":"a"},"value":[1700000000.1,"0.5"]},{"metric":{},"value":[1700000000.1,"2"]}]}}
        """#

    @Test func `a vector, a scalar and nothing are told apart`() {
        #expect(PrometheusAnswer.values(in: Data(Self.vector.utf8)) == [0.5, 2])
        let scalar = #"{"status":"success","data":{"resultType":"scalar","result":[1700000000,"3"]}}"#
        #expect(PrometheusAnswer.values(in: Data(scalar.utf8)) == [3])
        #expect(PrometheusAnswer.values(in: Data(#"{"status":"error"}"#.utf8)) == nil)
        #expect(PrometheusAnswer.values(in: Data("no json".utf8)) == nil)
    }

    @Test(
        arguments: [
            ([0.5, 2.0], 3.0, nil, true), ([0.5, 2], 2, nil, false), ([0.5, 2], nil, 0.4, true),
            ([0.5, 2], nil, 0.5, false),
            ([], 1, nil, false), ([.nan], 1, nil, false), ([.infinity], 1, nil, false),
        ] as [([Double], Double?, Double?, Bool)]
    )
    func `every value must be within the limits`(_ row: ([Double], Double?, Double?, Bool)) {
        #expect((PrometheusAnswer.obstacle(in: row.0, below: row.1, above: row.2) == nil) == row.3)
    }
}
