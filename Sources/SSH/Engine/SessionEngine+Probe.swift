// Signs of life from a server that TCP says nothing about.
import CLibSSH2
import NIOCore

extension SessionEngine {
    /// After each silence of this length, asks the server for a channel of a kind that it does not know. It has to
    /// refuse (RFC 4254, section 5.1), which shows that it lives; libssh2 would keep the answers to keep-alive
    /// requests for ever. The connection is given up when no answer comes within three times the silence.
    ///
    /// - Parameter missed: how many silences have passed since a question that is still open, such as a channel's.
    func probe(every silence: Duration, missed: Int = 0) {
        let heard = lastArrival
        probeTask = loop.assumeIsolated().scheduleTask(in: TimeAmount(silence)) {
            guard self.end == nil else { return }
            guard self.lastArrival == heard else { return self.probe(every: silence) }
            if missed >= 3 { return self.finish(self.noSign(for: silence * 3)) }
            if !self.isOpening { self.ask(limit: silence * 3) }
            self.probe(every: silence, missed: self.jobs.isOpeningSession ? missed + 1 : 0)
        }
    }

    private func noSign(for duration: Duration) -> SSHError {
        .connectionLost(endpoint, reason: "no sign of life for \(duration)")
    }

    private func ask(limit: Duration) {
        let answer = loop.makePromise(of: Void.self)
        // An answer shows in `lastArrival`; its absence ends the connection, whose users hear of it.
        answer.futureResult.whenComplete { _ in }
        let operation = SetupOperation(answer) { session in
            switch session.openChannel("sign-of-life") {
            case .later: .later
            case .failed(let failure) where failure.endsSession: .failed(failure)
            case .done, .failed: .done(.success(()))
            }
        } explain: { [endpoint] failure, _ in
            .connectionLost(endpoint, reason: failure.message)
        }
        start(operation, limit: limit) { _ in self.noSign(for: limit) }
    }
}
