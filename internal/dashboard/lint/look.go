package lint

import (
	"regexp"
	"slices"
	"strings"
)

func lookRules() []Rule {
	return []Rule{
		{
			Name:        "look-thresholds",
			Description: "The first threshold has no value and the others rise: Grafana takes the last one that the value has passed.",
			panel:       lookThresholds,
		},
		{
			Name:        "look-range",
			Description: "Gauges know where they begin and end: from data alone, a full bar means nothing.",
			panel: func(r *report, _ *board, p *panel) {
				d := p.Field.Defaults
				if (p.Type == "gauge" || p.Type == "bargauge") && (d.Min == nil || d.Max == nil || *d.Min >= *d.Max) {
					r.say("want min below max")
				}
			},
		},
		{
			Name:        "look-names",
			Description: "Every reducer, matcher, transformation and overridden property is one that Grafana knows; it passes over others in silence.",
			panel:       lookNames,
		},
		{
			Name:        "look-override",
			Description: "An override for a query names one that the panel has, one by a pattern has a pattern between slashes, and every override sets something.",
			panel:       lookOverride,
		},
		{
			Name:        "look-mapping",
			Description: "Every mapping of values to words is of a kind that Grafana has; it passes over others in silence.",
			panel: func(r *report, _ *board, p *panel) {
				for _, m := range p.Field.Defaults.Mappings {
					if !slices.Contains([]string{"value", "range", "regex", "special"}, m.Type) {
						r.say("mapping of type %q is not known", m.Type)
					}
				}
			},
		},
		{
			Name:        "look-colour",
			Description: "Every colour, of panels and of marks, is of the palette, which colour-blind readers can tell apart on both themes, and no scheme chooses others.",
			board:       lookColour,
		},
	}
}

func lookOverride(r *report, _ *board, p *panel) {
	for _, o := range p.Field.Overrides {
		text, _ := o.Matcher.Options.(string)
		switch o.Matcher.ID {
		case "byFrameRefID":
			if !slices.ContainsFunc(p.Targets, func(t target) bool { return t.RefID == text }) {
				r.say("an override is for query %q, which there is not", text)
			}
		case "byRegexp":
			pattern, closed := strings.CutSuffix(strings.TrimPrefix(text, "/"), "/")
			if _, err := regexp.Compile(pattern); err != nil || !closed || !strings.HasPrefix(text, "/") {
				r.say("an override is for the pattern %q, want one between slashes that compiles", text)
			}
		case "byName":
			if text == "" {
				r.say("an override is for a series without a name")
			}
		}
		if len(o.Properties) == 0 {
			r.say("an override for %q sets nothing", text)
		}
	}
}

func lookThresholds(r *report, _ *board, p *panel) {
	t := p.Field.Defaults.Thresholds
	if t == nil {
		return
	}
	if len(t.Steps) == 0 || t.Steps[0].Value != nil {
		r.say("the first threshold has a value")
		return
	}
	for i, s := range t.Steps[1:] {
		previous := t.Steps[i].Value
		if s.Value == nil || previous != nil && *s.Value <= *previous {
			r.say("threshold %d does not rise", i+2)
		}
	}
}

func lookNames(r *report, _ *board, p *panel) {
	walk(p.Options, func(key string, value any) {
		if reducer, ok := value.(string); ok && key == "calcs" && !slices.Contains(reducers(), reducer) {
			r.say("reducer %q is not known", reducer)
		}
	})
	for _, t := range p.Transformations {
		if !slices.Contains(transformations(), t.ID) {
			r.say("transformation %q is not known", t.ID)
		}
	}
	for _, o := range p.Field.Overrides {
		if !slices.Contains(matchers(), o.Matcher.ID) {
			r.say("matcher %q is not known", o.Matcher.ID)
		}
		for _, property := range o.Properties {
			if !slices.Contains(properties(), property.ID) {
				r.say("property %q of an override is not known", property.ID)
			}
		}
	}
}

// lookColour looks at the board's marks and at its panels. Grafana's own marks, which it hides and would else add itself, have a colour of its own.
func lookColour(r *report, b *board) {
	if len(r.Colours) == 0 {
		return
	}
	for _, a := range b.Annotations.List {
		if a.BuiltIn == 0 && a.Color != "" && !slices.Contains(r.Colours, a.Color) {
			r.say("annotation %s: colour %s is not of the palette", a.Name, a.Color)
		}
	}
	for _, p := range b.all() {
		if p.Type == rowType {
			continue
		}
		r.about(p)
		wrong := append(r.fieldColours(p), r.optionColours(p)...)
		slices.Sort(wrong)
		for _, w := range slices.Compact(wrong) {
			r.say("%s is not of the palette", w)
		}
	}
}

// fieldColours looks at every value of the field's configuration under a key that holds a colour. Values of a fixed colour mode hold a palette
// colour; every other mode brings colours of its own, save thresholds and shades of one.
func (r *report) fieldColours(p *panel) []string {
	o, _ := p.raw.(map[string]any)
	var wrong []string
	walk(o["fieldConfig"], func(key string, value any) {
		if colour, ok := value.(string); ok && (key == "color" || key == "fixedColor") && !slices.Contains(r.Colours, colour) {
			wrong = append(wrong, "colour "+colour)
		}
		if object, ok := value.(map[string]any); ok && (key == "color" || key == "value") {
			mode, _ := object["mode"].(string)
			if strings.HasPrefix(mode, "palette-") || strings.HasPrefix(mode, "continuous-") {
				wrong = append(wrong, "scheme "+mode)
			}
		}
	})
	return wrong
}

// optionColours looks at the options: at the scale of a heatmap, which is a scheme, or shades of the colour that is called fill, and at any other colour.
// In a scheme Grafana takes no notice of fill. Exemplars lie on the cells of a scheme, and may have a colour that stands out of that.
func (r *report) optionColours(p *panel) []string {
	var wrong []string
	for _, key := range sortedKeys(p.Options) {
		walk(map[string]any{key: p.Options[key]}, func(inner string, value any) {
			switch value := value.(type) {
			case string:
				allowed := slices.Contains(r.Colours, value) || key == "exemplars" && value == r.ExemplarColour
				if (inner == "color" || inner == "fixedColor") && !allowed {
					wrong = append(wrong, "colour "+value)
				}
			case map[string]any:
				wrong = append(wrong, r.scaleColour(value)...)
			}
		})
	}
	return wrong
}

// scaleColour looks at an object that may be the scale of a heatmap.
func (r *report) scaleColour(scale map[string]any) []string {
	scheme, _ := scale["scheme"].(string)
	fill, _ := scale["fill"].(string)
	switch scale["mode"] {
	case "opacity":
		if !slices.Contains(r.Colours, fill) {
			return []string{"colour " + fill}
		}
	case "scheme":
		if !slices.Contains(r.Schemes, scheme) {
			return []string{"scheme " + scheme}
		}
	}
	return nil
}
