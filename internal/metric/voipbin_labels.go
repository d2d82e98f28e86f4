package metric

// The labels of the services' families. Most values are constants in the sources of the services and not all known here.
var (
	svcOperation     = Label{Name: "operation", Help: "What was done.", Bound: "operations of the service"}
	svcEntity        = Label{Name: "entity", Help: "Kind of object.", Bound: "objects of the service"}
	svcResult        = Label{Name: "result", Help: "How it ended.", Bound: "results in the source of the service"}
	svcStatus        = Label{Name: "status", Help: "How it ended.", Bound: "states in the source of the service"}
	svcType          = Label{Name: "type", Help: "Kind of the thing counted.", Bound: "kinds in the source of the service"}
	svcMethod        = Label{Name: "method", Help: "Method of the request, as in HTTP.", Bound: "GET, POST, PUT, DELETE"}
	svcPublisher     = Label{Name: "publisher", Help: "Service that published the event.", Bound: "services of the platform"}
	svcService       = Label{Name: "service", Help: "Service that was called.", Bound: "services of the platform"}
	svcReference     = Label{Name: "reference_type", Help: "Kind of object that it belongs to.", Bound: "kinds in the source of the service"}
	svcGuard         = Label{Name: "guard", Help: "Check that found it out.", Bound: "checks in the source of the service"}
	svcTool          = Label{Name: "tool_name", Help: "Name of the tool.", Bound: "tools of the service"}
	svcModel         = Label{Name: "model", Help: "Name of the model.", Bound: "models in use"}
	svcRole          = Label{Name: "role", Help: "Who wrote it.", Bound: "roles of a conversation with a model"}
	svcTier          = Label{Name: "tier", Help: "Limit that applied.", Bound: "limits of the service: auth, v1, customer, direct, delegate"}
	svcEventType     = Label{Name: "event_type", Help: "Kind of event.", Bound: "events in the source of the services"}
	svcAsterisk      = Label{Name: "asterisk_id", Help: "Asterisk by its MAC address; a restarted pod gets a new one.", Bound: "Asterisk pods that ever were, so drop it"}
	svcDirection     = Label{Name: "direction", Help: "Which way, seen from the platform.", Values: []string{"incoming", "outgoing"}}
	svcReason        = Label{Name: "reason", Help: "Why.", Bound: "reasons in the source of the service"}
	svcCountry       = Label{Name: "destination_country", Help: "Country that was dialled.", Bound: "countries, about 250"}
	svcTech          = Label{Name: "tech", Help: "Channel technology.", Bound: "channel drivers of Asterisk"}
	svcTransport     = Label{Name: "transport", Help: "Transport of the signalling.", Bound: "transports of SIP"}
	svcEncapsulation = Label{Name: "encapsulation", Help: "How the media is wrapped.", Bound: "encapsulations in the source of the service"}
	svcErrorType     = Label{Name: "error_type", Help: "Kind of error.", Bound: "kinds in the source of the service"}
	svcTarget        = Label{Name: "target", Help: "Where it went.", Bound: "services and providers"}
	svcOutcome       = Label{Name: "outcome", Help: "How it ended.", Bound: "outcomes in the source of the service"}
	svcResource      = Label{Name: "resource", Help: "Resource that was asked for.", Bound: "resources in the source of the services"}
	svcSchedule      = Label{Name: "schedule_name", Help: "Name of the job.", Bound: "jobs configured"}
	svcNamespace     = Label{Name: "namespace", Help: "Namespace of the pod.", Bound: "namespaces watched"}
	svcPod           = Label{Name: "pod", Help: "Label app of the pod, not its name.", Bound: "applications watched"}
	svcState         = Label{Name: "state", Help: "State that the pod went to.", Bound: "states in the source of the service"}
	svcFromProvider  = Label{Name: "from_provider", Help: "Provider that failed.", Bound: "providers of speech"}
	svcLanguage      = Label{Name: "language", Help: "Language of the speech.", Bound: "languages of the providers"}
	svcProvider      = Label{Name: "provider", Help: "Provider of speech.", Bound: "providers of speech"}
	svcVendor        = Label{Name: "vendor", Help: "Provider of the stream.", Bound: "providers of speech"}
	svcGender        = Label{Name: "gender", Help: "Gender of the voice.", Bound: "genders of voices"}
	svcDestination   = Label{Name: "destination", Help: "Whose webhook.", Values: []string{"activeflow", "customer"}}
	svcPath          = Label{Name: "type", Help: "Kind of request, by its path.", Bound: "paths of the service"}
	svcQueueTarget   = Label{Name: "target", Help: "Queue that was sent to, those of single pods included.", Bound: "queues that ever were: pods come and go, so drop those of single pods"}
	svcFrom          = Label{Name: "from", Help: "State before.", Bound: "states of a circuit breaker"}
	svcTo            = Label{Name: "to", Help: "State after.", Bound: "states of a circuit breaker"}
	svcQueue         = Label{Name: "queue", Help: "Queue of the events.", Bound: "queues of subscribers"}
	svcRetry         = Label{Name: "retry_count", Help: "Number of the attempt.", Bound: "attempts, 3"}
	svcCallType      = Label{Name: "type", Help: "What takes the call; empty for none.", Bound: "call types: flow, conference, sip-service and none"}
	svcHangupReason  = Label{Name: "reason", Help: "Why it ended.", Values: []string{"normal", "failed", "busy", "cancel", "timeout", "noanswer", "dialout", "amd"}}
	svcCause         = Label{Name: "reason", Help: "Cause as Q.850 numbers it; 200 is the longest duration allowed, 201 an answering machine.", Bound: "causes, about 50"}
	svcDelivered     = Label{Name: "result", Help: "Whether the receiver took it.", Values: []string{"success", "error"}}
	svcDispatched    = Label{Name: "result", Help: "How the run ended.", Values: []string{"success", "failed", "abandoned", "skipped_lock", "skipped_cas", "skipped_overlap"}}
	svcSignup        = Label{Name: "status", Help: "How it ended.", Values: []string{"success", "error", "validation_failed"}}
)
