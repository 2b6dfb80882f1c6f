print("causewayd")
