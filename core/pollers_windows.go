package core

var mechanisms = []mechanism{{"afd", newAFD}}
