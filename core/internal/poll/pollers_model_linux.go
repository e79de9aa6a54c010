//go:build kqueuemodel

package poll

// Mechanisms are those of this platform.
var Mechanisms = []Mechanism{{"epoll", newEpoll}, {"poll", newPoll}, {"kqueue", newKqueue}}
