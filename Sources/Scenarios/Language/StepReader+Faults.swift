import AWSCore
import Drydock
import SimulatorCore

/// Reads fault plans and reports errors at their position in the file.
struct FaultsReader {
    let mistakes: MistakeList

    /// - Returns: the plan in the control plane's form, or nil if it contains errors.
    func plan(_ value: Value) -> Node? {
        // A plan is the same in every run, so it contains no variables.
        for (template, position) in value.templates where template.literal == nil {
            mistakes.add(position, "a fault plan cannot have variables")
            return nil
        }
        if value.text == "none" { return .list([]) }
        guard let node = try? value.resolved(Variables()) else { return nil }
        do {
            _ = try FaultPlan(parsing: node, .drydock)
            return node
        } catch {
            for mistake in error.mistakes {
                let found = value.find(Substring(mistake.path))
                mistakes.add(
                    found.map { Self.isKey(mistake.message) ? $0.key : $0.value.position } ?? value.position, mistake.message)
            }
            return nil
        }
    }

    /// Whether the error is about the key, such as an unknown key, and not its value.
    private static func isKey(_ message: String) -> Bool {
        message.contains("is not known in") || message.contains("has one effect")
    }
}

extension StepReader {
    func faults(_ mapping: Mapping) -> (Step.Action, Template)? {
        guard let value = mapping.value("faults"), let plan = FaultsReader(mistakes: mistakes).plan(value) else { return nil }
        let count = (plan.elements ?? plan["faults"]?.elements ?? []).count
        let title = count == 0 ? "remove the fault plan" : "\(count) fault\(count == 1 ? "" : "s") planned"
        return (.faults(plan), Template(literal: title))
    }
}
