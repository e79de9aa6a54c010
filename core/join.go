package core

import "context"

// Join runs the loop, and several goroutines may call it. While another goroutine runs the loop,
// Join waits. When the run of that goroutine ends other than by Stop, Join runs the loop in its
// place.
func (l *Loop) Join(ctx context.Context) error {
	for {
		err := l.Run(ctx)
		if err != ErrRunning {
			return err
		}
		l.mu.Lock()
		other := l.running
		l.mu.Unlock()
		if other == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-other.over:
			if other.stopped {
				return nil
			}
		}
	}
}

// claim begins a Run, if there is no other.
func (l *Loop) claim() (*running, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running != nil {
		return nil, ErrRunning
	}
	l.running = &running{over: make(chan struct{})}
	return l.running, nil
}

func (l *Loop) disclaim() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.running.over)
	l.running = nil
}
