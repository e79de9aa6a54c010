//go:build !race

package terminator_test

const raceEnabled = false
