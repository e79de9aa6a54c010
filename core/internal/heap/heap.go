// Package heap holds what a loop keeps in memory for its descriptors and timers: a table of tokens,
// and the order in which times come. It knows neither loops nor descriptors, and never reads a
// clock.
package heap

// fanOut is how many children a node of a heap has: with four it is half as deep as with two.
const fanOut = 4
