package poll

import "slices"

// drop ends a watch. It can be used again once it is neither asking nor queued.
func (p *afd) drop(w *watch) {
	w.flags |= removed
	if w.flags&asking != 0 {
		w.cancel()
	}
	p.recycle(w)
}

func (p *afd) recycle(w *watch) {
	if w.flags&(removed|asking|queued) == removed {
		p.free = append(p.free, w)
	}
}

// ask has the next Wait ask for what is wanted now.
func (p *afd) ask(w *watch) {
	if w.flags&queued == 0 {
		w.flags |= queued
		p.toAsk = append(p.toAsk, w)
	}
}

// askAll asks for what is wanted and not asked for yet. A request that does not tell all of it is
// replaced.
func (p *afd) askAll() error {
	if p.anyEnded.Load() {
		Endings.news(p, func(fd int, e Ends) {
			if w := p.index[fd]; w != nil {
				w.ends = e
				p.ask(w)
			}
		})
	}
	for i, w := range p.toAsk {
		if err := p.askNow(w); err != nil {
			p.toAsk = slices.Delete(p.toAsk, 0, i)
			return err
		}
		w.flags &^= queued
		p.recycle(w)
	}
	p.toAsk = p.toAsk[:0]
	return nil
}

func (p *afd) askNow(w *watch) error {
	if w.flags&removed != 0 {
		return nil
	}
	events := w.wanted()
	if w.flags&asking != 0 {
		if events&^w.events == 0 && !w.over() {
			return nil
		}
		next := p.newWatch()
		afd := next.afd
		*next = *w
		next.afd, next.flags = afd, w.flags&(peerEnded|seenAbort|noStream)
		p.index[w.fd] = next
		p.drop(w)
		w = next
	}
	return p.request(w, events)
}

// request asks the driver, or answers in its place.
func (p *afd) request(w *watch, events uint32) (err error) {
	w.events = events
	if w.over() {
		err = w.say(0, p.port)
	} else if !w.ask(events) {
		err = w.say(afdLocalClose, p.port)
	}
	if err == nil {
		w.flags |= asking
		p.asked++
	}
	return err
}
