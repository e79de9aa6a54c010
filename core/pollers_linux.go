//go:build !kqueuemodel

package core

var mechanisms = []mechanism{{"epoll", newEpoll}, {"poll", newPoll}}
