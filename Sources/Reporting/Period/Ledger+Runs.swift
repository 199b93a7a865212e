import ClusterModel
import Planning
import Ports
import Reliability
import Rollout

/// What was done in the period.
extension Ledger {
    func runs(in window: Interval, about focus: ReportFocus) -> [PeriodReport.Run] {
        listedRuns(in: window).compactMap { account in
            let stories = account.stories.filter { focus.includes($0.name) }
            return focus.isNode && stories.isEmpty ? nil : account.summary(stories)
        }
    }

    func steps(in window: Interval, about focus: ReportFocus) -> [PeriodReport.Step] {
        let times = listedRuns(in: window).flatMap {
            $0.stories.filter { focus.includes($0.name) }.flatMap(\.stepTimes)
        }
        .filter { window.holds($0.interval.end) }
        return Dictionary(grouping: times, by: \.report.name).sorted { $0.key < $1.key }.map(Self.step)
    }

    private static func step(_ name: String, _ times: [NodeStory.StepTime]) -> PeriodReport.Step {
        let lengths = times.map(\.interval.duration).sorted()
        return PeriodReport.Step(
            name: name,
            count: times.count,
            failed: times.count { $0.report.outcome == .failed },
            retries: times.reduce(0) { $0 + max(0, $1.report.attempts - 1) },
            secondsMean: (MeanTimes.mean(lengths) ?? .zero).seconds,
            secondsMedian: lengths[(lengths.count - 1) / 2].seconds,
            secondsLongest: lengths[lengths.count - 1].seconds
        )
    }
}

extension ReportFocus {
    fileprivate var isNode: Bool { if case .node = self { true } else { false } }

    fileprivate func includes(_ node: String) -> Bool { if case .node(let name) = self { name == node } else { true } }
}

extension RunAccount {
    fileprivate func summary(_ stories: [NodeStory]) -> PeriodReport.Run {
        let evicted = Report.evictions(events)
        return PeriodReport.Run(
            id: run.id,
            purpose: plan.campaign.purpose.words,
            startedBy: run.startedBy,
            startedAt: run.startedAt.description,
            endedAt: window.endedAt?.description,
            state: window.state,
            reason: window.reason,
            seconds: window.interval.duration.seconds,
            nodes: stories.count,
            returned: stories.count { $0.state == .returned || $0.state == .recovered },
            failed: stories.count { $0.state == .failed },
            evictions: evicted,
            refusals: events.count { if case .evictionRefused = $0.event { true } else { false } },
            retries: stories.flatMap(\.stepTimes).reduce(0) { $0 + max(0, $1.report.attempts - 1) },
            secondsWaiting: waiting.seconds,
            nodeMeanTimeOut: MeanTimes.mean(stories.filter(\.wasOut).map(\.outOfService))?.seconds,
            movesPerPod: window.state == .finished ? Report.movesPerPod(plan, evicted) : nil,
            waves: waves,
            services: stories.map(\.service)
        )
    }

    private var waves: [PeriodReport.Wave] {
        var waves: [PeriodReport.Wave] = []
        for entry in events {
            switch entry.event {
            case .waveAdmitted(let number, _) where waves.last?.number != number:
                waves.append(
                    PeriodReport.Wave(
                        number: number,
                        from: entry.at.description,
                        to: window.interval.end.description,
                        finished: false
                    )
                )
            case .waveFinished(let number):
                guard let place = waves.lastIndex(where: { $0.number == number }) else { continue }
                waves[place].to = entry.at.description
                waves[place].finished = true
            default: break
            }
        }
        return waves
    }

    /// From one wave's end to the next one's begin, while the run was at work.
    private var waiting: Duration {
        var since: Instant?
        var sum = Duration.zero
        for entry in events {
            switch entry.event {
            case .waveFinished: since = entry.at
            case .waveAdmitted:
                if let begun = since { sum += entry.at.since(begun) }
                since = nil
            case .halted, .finished: since = nil
            default: break
            }
        }
        return sum
    }
}

extension NodeStory {
    fileprivate var service: PeriodReport.Service {
        let node = summary
        return PeriodReport.Service(
            node: name,
            wave: wave,
            state: state,
            outOfService: node.outOfService,
            drain: node.drain,
            service: node.service,
            reboot: node.reboot,
            verify: node.verify,
            return: node.return,
            recovery: node.recovery,
            evictions: node.evictions,
            spans: spans.map {
                PeriodReport.Span(
                    part: $0.part,
                    from: $0.interval.start.description,
                    to: $0.interval.end.description
                )
            }
        )
    }
}

extension Campaign.Purpose {
    fileprivate var words: String {
        switch self {
        case .upgrade(let version): "upgrade to \(version)"
        case .service: "service"
        case .replace(let node, _): "replace \(node)"
        }
    }
}
