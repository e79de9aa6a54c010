//go:build !race && unix

package examples

const raceEnabled = false
