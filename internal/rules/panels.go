package rules

import "fmt"

// panelAnnotation holds the address of the one panel that shows what an alert is about.
const panelAnnotation = "panel"

// LinkPanels gives alerts the addresses of their panels: ids are the panels of alerts by name, on the board that the alert names. Boards are
// made of rules, so that it cannot be known earlier. The expected alerts of tests get the same.
func (o *Output) LinkPanels(ids map[string]uint) {
	link := func(alert string, annotations map[string]string) {
		if id, ok := ids[alert]; ok && annotations["dashboard"] != "" {
			annotations[panelAnnotation] = fmt.Sprintf("%s?viewPanel=%d", annotations["dashboard"], id)
		}
	}
	for _, f := range o.Files {
		for _, g := range f.Content.(RuleFile).Groups {
			for _, r := range g.Rules {
				link(r.Alert, r.Annotations) // the alerts' own rules share these maps
			}
		}
	}
	for i := range o.Tests {
		tell := o.Tests[i].Make
		o.Tests[i].Make = func() TestFile {
			file := tell()
			for _, story := range file.Tests {
				for _, t := range story.AlertTests {
					for _, e := range t.Expected {
						link(t.Alert, e.Annotations)
					}
				}
			}
			return file
		}
	}
}
