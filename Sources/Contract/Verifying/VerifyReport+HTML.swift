extension VerifyReport {
    /// Returns a self-contained page: the summary, a table of operations, the differences, the skipped exchanges and the
    /// rules.
    public func html(title: String) -> String {
        var body = "<h1>\(Self.escaped(title))</h1>\n"
        let tiles = [
            ("recorded", "\(summary.recorded)"), ("compared", "\(summary.compared)"), ("agree", "\(summary.agree)"),
            ("differ", "\(summary.compared - summary.agree)"), ("skipped", "\(summary.skipped)"),
            ("of the members", Self.percent(coverage)),
        ]
        body += "<ul class=\"tiles\">"
        body += tiles.map { "<li><b>\($0.1)</b> \($0.0)</li>" }.joined() + "</ul>\n"
        if !counts.isEmpty {
            body += "<h2>Values compared</h2>\n<ul>"
            body += counts.map { "<li>\($0.count) \(Self.escaped($0.comparison.words))</li>" }.joined() + "</ul>\n"
        }
        body += "<h2>Operations</h2>\n" + operationTable
        let open = differing.filter { !$0.agrees }
        body += "<h2>What differs</h2>\n"
        body += open.isEmpty ? "<p>No differences but those that rules permit.</p>\n" : open.map(Self.section).joined()
        body += skippedSection + rulesSection
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(Self.escaped(title))</title>
            <meta name="viewport" content="width=device-width, initial-scale=1"><style>\(Self.style)</style></head>
            <body>\n\(body)</body></html>\n
            """
    }

    private var operationTable: String {
        var rows = ""
        for row in operations where row.summary.compared > 0 {
            let share = row.members == 0 ? nil : Double(row.covered) / Double(row.members)
            let differ = row.summary.compared - row.summary.agree
            let bar = share.map { share in
                "<span class=\"bar\"><i style=\"width:\(Int(share * 100))%\"></i></span> \(Self.percent(share))"
            }
            rows += "<tr class=\"\(differ == 0 ? "ok" : "bad")\"><td>\(row.service)</td><td>\(Self.escaped(row.operation))</td>"
            rows += [row.summary.recorded, row.summary.compared, row.summary.agree, differ, row.summary.skipped]
                .map { "<td class=\"n\">\($0 == 0 ? "·" : "\($0)")</td>" }.joined()
            rows += "<td>\(bar ?? "—")</td></tr>\n"
        }
        return "<table><thead><tr><th>service</th><th>operation</th><th>recorded</th><th>compared</th><th>agree</th>"
            + "<th>differ</th><th>skipped</th><th>members covered</th></tr></thead><tbody>\n\(rows)</tbody></table>\n"
    }

    private static func section(_ finding: Finding) -> String {
        var rows = ""
        for difference in finding.differences {
            let isOpen = difference.permittedBecause == nil
            rows += "<tr class=\"\(isOpen ? "bad" : "ok")\"><td>\(difference.kind.rawValue)</td>"
            rows += "<td><code>\(escaped(difference.path))</code></td><td>\(code(difference.recorded))</td>"
            rows += "<td>\(code(difference.found))</td><td>\(escaped(difference.permittedBecause ?? ""))</td></tr>\n"
        }
        return
            "<details open><summary><b>\(finding.service) \(escaped(finding.operation))</b> \(escaped(finding.source))</summary>"
            + "<table><thead><tr><th>kind</th><th>where</th><th>recorded</th><th>found</th><th>permitted because</th></tr></thead>"
            + "<tbody>\(rows)</tbody></table></details>\n"
    }

    private var skippedSection: String {
        guard !skipped.isEmpty else { return "" }
        let reasons = Dictionary(grouping: skipped) { $0.skipReason ?? "" }.sorted { $0.key < $1.key }
        return "<h2>What was skipped</h2>\n"
            + reasons.map { reason, findings in
                "<details><summary>\(findings.count) × \(Self.escaped(reason))</summary><ul>"
                    + findings.map { "<li>\($0.service) \(Self.escaped($0.operation)): \(Self.escaped($0.source))</li>" }
                    .joined()
                    + "</ul></details>\n"
            }.joined()
    }

    private var rulesSection: String {
        var text = "<h2>Rules</h2>\n<ul>"
        text += permitted.map { "<li>\(Self.escaped($0.reason)) <b>\($0.count) ×</b></li>" }.joined()
        text += idleRules.map { "<li class=\"bad\">\(Self.escaped($0)) <b>matched nothing</b></li>" }.joined()
        return text + "</ul>\n"
    }

    private static func code(_ text: String?) -> String { text.map { "<code>\(escaped($0))</code>" } ?? "" }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded(.down))
        return "\(tenths / 10).\(tenths % 10)%"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
            "\"", with: "&quot;")
    }

    private static let style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}\
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}\
        .tiles{display:flex;flex-wrap:wrap;gap:.75rem;list-style:none;padding:0}\
        .tiles li{border:1px solid #d5dde5;border-radius:.4rem;padding:.5rem .9rem;color:#5a6b7b}\
        .tiles b{display:block;font-size:1.3rem;color:#1c2733}\
        table{border-collapse:collapse;width:100%;margin:.5rem 0}\
        th{text-align:left;font-weight:600;color:#5a6b7b;border-bottom:2px solid #d5dde5;padding:.25rem .5rem}\
        td{border-bottom:1px solid #e8edf1;padding:.2rem .5rem;vertical-align:top;overflow-wrap:anywhere}\
        td.n{text-align:right;font-variant-numeric:tabular-nums}tr.bad td:first-child{box-shadow:inset 4px 0 #c62f2f}\
        code{font:13px ui-monospace,monospace}details{margin:.5rem 0}summary{cursor:pointer}li.bad{color:#a32222}\
        .bar{display:inline-block;width:7rem;height:.6rem;background:#e8edf1;border-radius:.3rem;overflow:hidden}\
        .bar i{display:block;height:100%;background:#2f7fc6}\
        @media(prefers-color-scheme:dark){body{color:#dbe4ec;background:#12181e}.tiles b{color:#dbe4ec}\
        td,th,.tiles li{border-color:#2c3945}.bar{background:#2c3945}}
        """
}
