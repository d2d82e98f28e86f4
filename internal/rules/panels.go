package rules

import "fmt"

// panelAnnotation holds the address of the one panel that shows what an alert is about.
const panelAnnotation = "panel"

// LinkPanels gives alerts the addresses of their panels: ids are the panels of alerts by name, on the board that the alert names. Boards are
// made of rules, so that it cannot be known earlier. The expected alerts of tests get the same.
func (o *Output) LinkPanels(ids map[string]uint) {
	link := func(alert string, annotations map[string]string) {
		if id, ok := ids[alert]; ok && annotations["dashboard"] != "" && annotations[panelAnnotation] == "" {
			annotations[panelAnnotation] = fmt.Sprintf("%s?viewPanel=%d", annotations["dashboard"], id)
		}
	}
	for _, a := range o.Alerts { // what their rules hold is what stands in the files, but for those that are made anew
		for _, r := range a.Rules {
			link(r.Alert, r.Annotations)
		}
	}
	for i := range o.Files {
		write := o.Files[i].Make
		o.Files[i].Make = func() RuleFile {
			file := write()
			for _, r := range file.All() {
				link(r.Alert, r.Annotations)
			}
			return file
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
