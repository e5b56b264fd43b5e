import Campaigns
import Testing

@testable import Reports

@Suite("The timeline of a report")
struct ActivityTimelineTests {
    private let start = ReportMaterial.start

    @Test("nothing known is nothing drawn")
    func empty() { #expect(ActivityTimeline().plot(maximum: 10) == nil) }

    @Test(
        "no mail is lost or counted twice, however few buckets there are", arguments: [1, 2, 7, 120, 10_000])
    func sums(_ maximum: Int) throws {
        let activity = ReportMaterial.report().activity
        let plot = try #require(activity.plot(maximum: maximum))
        #expect(plot.buckets.count <= maximum)
        var sum = plot.later
        for bucket in plot.buckets { sum += bucket }
        #expect(sum == .init(accepted: 988, delivered: 940, bounced: 41, complained: 1))
    }

    @Test("what comes days later does not squeeze the rest")
    func late() throws {
        let plot = try #require(ReportMaterial.report().activity.plot(maximum: 120))
        #expect(plot.later.complained == 1)
        #expect(plot.end - plot.start < .seconds(3600))
    }

    @Test("one mail is a plot of one bucket")
    func one() throws {
        var activity = ActivityTimeline()
        activity.addAccepted(at: start)
        let plot = try #require(activity.plot(maximum: 120))
        #expect(plot.buckets == [.init(accepted: 1)])
        #expect(activity.span == start...start)
        #expect(PlotDrawing(plot).lines.map(\.path) == ["M0 0L1000 0"])
    }
}
