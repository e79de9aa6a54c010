//go:build !race

package chat

// touch is for the race build.
func (*Channel) touch() {}
