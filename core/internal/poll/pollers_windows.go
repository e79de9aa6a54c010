package poll

// Mechanisms are those of this platform.
var Mechanisms = []Mechanism{{"afd", newAFD}}
