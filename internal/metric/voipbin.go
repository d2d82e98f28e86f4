package metric

import "strings"

// Service is one of the platform's own programs as it really is, with the families that all of them have alike. Durations are in
// milliseconds, and several services write under the prefix of another: rules tell services apart by the label job and never by the prefix
// of a name.
type Service struct {
	// Name is the service's name, such as "call-manager", which is also its label job.
	Name    string
	Emitter *Emitter

	// RPCDuration is how long others took to answer the service.
	RPCDuration *Family
	// EventsPublished are its events.
	EventsPublished *Family
	// NotifyDuration and Notifications are about telling subscribers.
	NotifyDuration, Notifications *Family
	// CircuitState, CircuitTransitions and CircuitRejected are about the circuit breaker in front of each queue that it sends to.
	CircuitState, CircuitTransitions, CircuitRejected *Family
	// RequestDuration is how long it took over the requests of others, nil for a service that counts none. It may be another service's
	// family, under whose name it writes.
	RequestDuration *Family
	// EventDuration is how long it took over the events of others, as RequestDuration.
	EventDuration *Family
}

// monorepo is the exposition that proves the entries of the services.
const monorepo = "voipbin-monorepo-written.prom"

// serviceWritten says why the exposition of the services is not recorded.
const serviceWritten = "written after the source of voipbin/monorepo, commit 2bf22fa4; the services were not run"

// milliseconds are the bounds of most histograms of the services.
func milliseconds() []float64 { return []float64{50, 100, 500, 1000, 3000} }

// The services. 198 families are registered by one service each, of which five names are registered by two; seven more are registered by
// every service under a prefix of its own, and two by all under one name.
var (
	AgentManager        = newService("agent-manager").receives("").subscribes("receive_subscribe_event_process_time")
	AIManager           = newService("ai-manager").receives("").subscribes("subscribe_event_process_time")
	APIManager          = newService("api-manager").subscribes("receive_subscribe_event_process_time")
	BillingManager      = newService("billing-manager").receives("").subscribes("receive_subscribe_event_process_time")
	CallManager         = newService("call-manager").receives("").subscribes("subscribe_event_process_time")
	CampaignManager     = newService("campaign-manager").receives("").subscribes("receive_subscribe_event_process_time")
	ConferenceManager   = newService("conference-manager").receives("").subscribes("receive_subscribe_event_process_time")
	ContactManager      = newService("contact-manager").receives("").subscribes("receive_subscribe_event_process_time")
	ConversationManager = newService("conversation-manager").sharesRequests(MessageManager).sharesEvents(WebhookManager)
	CustomerManager     = newService("customer-manager").receives("")
	DirectManager       = newService("direct-manager").receives("").subscribes("receive_subscribe_event_process_time")
	EmailManager        = newService("email-manager").sharesRequests(FlowManager)
	FlowManager         = newService("flow-manager").receives("").subscribes("receive_subscribe_event_process_time")
	HookManager         = newService("hook-manager")
	MessageManager      = newService("message-manager").receives("")
	NumberManager       = newService("number-manager").receives("").subscribes("receive_subscribe_event_process_time")
	OutdialManager      = newService("outdial-manager").receives("")
	PipecatManager      = newService("pipecat-manager").receives("")
	QueueManager        = newService("queue-manager").receives("").subscribes("receive_subscribe_event_process_time")
	RAGManager          = newService("rag-manager").receives("bin_")
	RegistrarManager    = newService("registrar-manager").receives("").subscribes("receive_subscribe_event_process_time")
	RouteManager        = newService("route-manager").receives("")
	ScheduleManager     = newService("schedule-manager").receives("").subscribes("receive_subscribe_event_process_time")
	SentinelManager     = newService("sentinel-manager")
	StorageManager      = newService("storage-manager").receives("").subscribes("receive_subscribe_event_process_time")
	TagManager          = newService("tag-manager").sharesRequests(AgentManager).subscribes("receive_subscribe_event_process_time")
	TalkManager         = newService("talk-manager")
	TimelineManager     = newService("timeline-manager").receives("")
	TranscribeManager   = newService("transcribe-manager").receives("").subscribes("subscribe_event_process_time")
	TransferManager     = newService("transfer-manager").receives("").sharesEvents(ConferenceManager)
	TTSManager          = newService("tts-manager").receives("")
	WebchatManager      = newService("webchat-manager").receives("")
	WebhookManager      = newService("webhook-manager").receives("").subscribes("receive_subscribe_event_process_time")
	AsteriskProxy       = newService("asterisk-proxy")
)

// Services lists the services.
func Services() []*Service {
	return []*Service{
		AgentManager, AIManager, APIManager, BillingManager, CallManager, CampaignManager, ConferenceManager, ContactManager,
		ConversationManager, CustomerManager, DirectManager, EmailManager, FlowManager, HookManager, MessageManager, NumberManager,
		OutdialManager, PipecatManager, QueueManager, RAGManager, RegistrarManager, RouteManager, ScheduleManager, SentinelManager,
		StorageManager, TagManager, TalkManager, TimelineManager, TranscribeManager, TransferManager, TTSManager, WebchatManager,
		WebhookManager,
		AsteriskProxy,
	}
}

// The families that every service writes under one name, whichever service it is.
var (
	EventRetried = &Family{
		Name: "rabbitmqhandler_event_retried_total", Type: Counter, Emitter: EveryService, Labels: []Label{svcQueue, svcRetry},
		Help:   "Events that failed and were put back for another attempt, after 5, 30 and 120 s.",
		Source: "bin-common-handler, rabbitmqhandler",
	}
	EventDropped = &Family{
		Name: "rabbitmqhandler_event_dropped_total", Type: Counter, Emitter: EveryService, Labels: []Label{svcQueue},
		Help:   "Events that failed at every attempt and are lost.",
		Source: "bin-common-handler, rabbitmqhandler",
	}
)

// EveryService stands for all services where they write the same family.
var EveryService = &Emitter{Name: "voipbin-services", Profile: Monorepo, Captures: []string{monorepo}, Written: serviceWritten}

// newService spells the families that all services have alike.
func newService(name string) *Service {
	s := &Service{Name: name, Emitter: &Emitter{Name: name, Profile: Monorepo, Captures: []string{monorepo}, Written: serviceWritten}}
	s.RPCDuration = s.histogram("request_process_time", "How long another service took to answer, in milliseconds; the queue tells which. An answer that never came within the usual 3 s is above all bounds.", svcQueueTarget, svcResource, svcMethod)
	s.EventsPublished = s.family(Counter, "event_publish_total", "Events published, by kind.", svcEventType)
	s.NotifyDuration = s.histogram("notify_process_time", "How long it took to tell subscribers of an event, in milliseconds.", svcType)
	s.Notifications = s.family(Counter, "notify_total", "Times that subscribers were told of an event.", svcType)
	s.CircuitState = s.family(Gauge, "circuitbreaker_state", "State of the circuit breaker in front of a queue: 0 closed, 1 open, 2 half open. It opens for 30 s after 5 failures in a row.", svcQueueTarget)
	s.CircuitTransitions = s.family(Counter, "circuitbreaker_state_transitions_total", "Changes of state of a circuit breaker.", svcQueueTarget, svcFrom, svcTo)
	s.CircuitRejected = s.family(Counter, "circuitbreaker_rejected_total", "Requests that a circuit breaker did not let through.", svcQueueTarget)
	return s
}

// prefix is what the names of the service's families begin with.
func (s *Service) prefix() string { return strings.ReplaceAll(s.Name, "-", "_") + "_" }

func (s *Service) family(t Type, name, help string, labels ...Label) *Family {
	return &Family{Name: s.prefix() + name, Type: t, Help: help, Labels: labels, Emitter: s.Emitter, Source: "bin-common-handler"}
}

func (s *Service) histogram(name, help string, labels ...Label) *Family {
	f := s.family(Histogram, name, help, labels...)
	f.Unit, f.Buckets = Milliseconds, milliseconds()
	return f
}

// receives gives it a family about requests of others, whose name begins with the prefix before the service's own.
func (s *Service) receives(prefix string) *Service {
	s.RequestDuration = s.histogram("receive_request_process_time", "How long the service took over a request of another one, in milliseconds.", svcPath, svcMethod)
	s.RequestDuration.Name = prefix + s.RequestDuration.Name
	if prefix != "" { // rag-manager alone, which also has two more bounds
		s.RequestDuration.Buckets = append(milliseconds(), 5000, 10000)
	}
	return s
}

// subscribes gives it a family about events of others.
func (s *Service) subscribes(name string) *Service {
	s.EventDuration = s.histogram(name, "How long the service took over an event of another one, in milliseconds.", svcPublisher, svcType)
	return s
}

// sharesRequests says that it writes about requests under another service's name.
func (s *Service) sharesRequests(with *Service) *Service {
	s.RequestDuration = with.RequestDuration
	s.RequestDuration.Also = append(s.RequestDuration.Also, s.Emitter)
	return s
}

// sharesEvents says that it writes about events under another service's name.
func (s *Service) sharesEvents(with *Service) *Service {
	s.EventDuration = with.EventDuration
	s.EventDuration.Also = append(s.EventDuration.Also, s.Emitter)
	return s
}

// Families lists what the service itself is the emitter of, of those that all have alike.
func (s *Service) Families() []*Family {
	all := []*Family{s.RPCDuration, s.EventsPublished, s.NotifyDuration, s.Notifications, s.CircuitState, s.CircuitTransitions, s.CircuitRejected}
	for _, f := range []*Family{s.RequestDuration, s.EventDuration} {
		if f != nil && f.Emitter == s.Emitter {
			all = append(all, f)
		}
	}
	return all
}

// VoIPBIN returns the families of the services as they really are.
func VoIPBIN() []*Family {
	all := []*Family{EventRetried, EventDropped}
	for _, s := range Services() {
		all = append(all, s.Families()...)
	}
	all = append(append(all, voipbinVoice()...), voipbinAi()...)
	return append(append(all, voipbinFlow()...), voipbinAccount()...)
}

// serviceCounter shortens the tables of the services: a counter of one of them.
func serviceCounter(s *Service, name, help string, labels ...Label) *Family {
	return &Family{Name: name, Type: Counter, Help: help, Labels: labels, Emitter: s.Emitter, Source: "bin-" + s.Name}
}

// serviceGauge is the same for a gauge.
func serviceGauge(s *Service, name string, unit Unit, help string, labels ...Label) *Family {
	return &Family{Name: name, Type: Gauge, Unit: unit, Help: help, Labels: labels, Emitter: s.Emitter, Source: "bin-" + s.Name}
}

// serviceHistogram is the same for a histogram.
func serviceHistogram(s *Service, name string, unit Unit, buckets []float64, help string, labels ...Label) *Family {
	return &Family{Name: name, Type: Histogram, Unit: unit, Buckets: buckets, Help: help, Labels: labels, Emitter: s.Emitter, Source: "bin-" + s.Name}
}
