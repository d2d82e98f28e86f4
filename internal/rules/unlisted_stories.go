package rules

// stories prove that events are told which no group has, and no others.
func (u *unlisted) stories(name string, rule Rule) []TestGroup {
	var stories []TestGroup
	for _, s := range u.reads {
		c := u.course(s)
		expected := firing(rule, map[string]string{u.Label: s.labels[u.Label]}, "", nil)
		stories = append(stories, c.lasts(c.fires(name, "a value that is not listed: "+s.Name, one(expected), s.made(c, nil)), expected))
	}
	first := u.reads[0]
	c := u.course(first)
	nameless := firing(rule, nil, "", map[string]string{u.value(): ""})
	stories = append(stories, c.fires(name, "series without the label", one(nameless), first.made(c, map[string]string{u.Label: ""})))
	if first.counts == growing {
		stories = append(stories, u.bornStory(name, rule, first))
	}
	var listed []TestSeries
	for _, v := range u.Values {
		listed = append(listed, first.made(c, map[string]string{u.Label: v}))
	}
	return append(stories,
		c.quiet(name, "all values are listed", Silent, listed...),
		c.quiet(name, "nothing is counted", Silent))
}

// course is how long a story about a series takes.
func (u *unlisted) course(s unlistedSeries) lapse {
	if s.counts == growing {
		return counted(u.wait, u.window())
	}
	return lapseOf(u.wait, u.window())
}

// made is the series with events during the fault. Labels are those that differ; an empty one is left out.
func (s unlistedSeries) made(c lapse, labels map[string]string) TestSeries {
	set := merge(s.labels, labels)
	for label, value := range labels {
		if value == "" {
			delete(set, label)
		}
	}
	switch s.counts {
	case growing:
		return series(s.Name, set, c.counter(1))
	case positive:
		return series(s.Name, set, c.gauge(0, 1))
	}
	return series(s.Name, set, gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault, value: 1}, phase{length: c.after, gone: true}))
}

// bornStory has a counter that begins with its first events and never grows: it is told for as long as it is new.
func (u *unlisted) bornStory(name string, rule Rule, s unlistedSeries) TestGroup {
	c := gauged(u.wait)
	c.after = u.window()
	c.reset = c.before + u.window()
	expected := firing(rule, map[string]string{u.Label: s.labels[u.Label]}, "", nil)
	return c.lasts(c.fires(name, "a counter begins with its only events", one(expected),
		series(s.Name, s.labels, gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault + c.after, value: 1}))), expected)
}

// lasts has a story want its alert until just before it resets: a rule that looked back less far would be over by then.
func (c lapse) lasts(story TestGroup, expected ExpectedAlert) TestGroup {
	const steps = 4 // an increase needs the sample before the last event, too
	last := len(story.AlertTests) - 1
	story.AlertTests = append(story.AlertTests[:last:last], at(c.reset-steps*c.step, story.AlertTests[last].Alert, expected), story.AlertTests[last])
	return story
}
