//go:build race

package fifo_test

const raceEnabled = true
