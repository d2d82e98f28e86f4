package metric

// foreign shortens the tables of other people's emitters. Source is the part of the emitter that yields the family.
func foreign(e *Emitter, t Type, unit Unit, source, name, help string, labels ...Label) *Family {
	return &Family{Name: name, Type: t, Unit: unit, Help: help, Labels: labels, Emitter: e, Source: source}
}

// since marks a foreign family that older versions of its daemon do not have.
func since(version string, f *Family) *Family {
	f.Since = version
	return f
}
