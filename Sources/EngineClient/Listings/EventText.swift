public import EngineAPI

/// Events as `events` prints them.
public enum EventText {
    /// Time, type, action, object, and the object's attributes in parentheses.
    public static func line(_ event: JSONValue) -> String {
        let actor = event["Actor"] ?? .null
        var text = ""
        if event.number("timeNano") != 0 {
            text = LocalTime.rfc3339(nanoseconds: event.number("timeNano")) + " "
        } else if event.number("time") != 0 {
            text = LocalTime.rfc3339(nanoseconds: event.number("time") * 1_000_000_000) + " "
        }
        text += "\(event.text("Type")) \(event.text("Action")) \(actor.text("ID"))"
        let attributes = actor["Attributes"]?.pairs ?? []
        if attributes.isEmpty { return text }
        return text + " (" + attributes.map { "\($0.name)=\($0.text)" }.joined(separator: ", ") + ")"
    }
}
