package metric

// The own metrics of the services about flows, messages and storage, but for those that every service has alike.
var (
	FlowManagerActionDispatch = serviceCounter(FlowManager, "flow_manager_action_dispatch_total",
		"Actions handed to the service that executes them.", svcTarget, svcType)
	FlowManagerActionError = serviceCounter(FlowManager, "flow_manager_action_error_total",
		"Actions that failed.", svcType)
	FlowManagerActionExecuted = serviceCounter(FlowManager, "flow_manager_action_executed_total",
		"Actions executed.", svcType)
	FlowManagerActionExecuteDuration = serviceHistogram(FlowManager, "flow_manager_action_exeucte_duration", Milliseconds, milliseconds(),
		"How long an action took, in milliseconds. The name is misspelled in its source.", svcType)
	FlowManagerActiveflowCreated = serviceCounter(FlowManager, "flow_manager_activeflow_created_total",
		"Active flows begun.", svcReference)
	FlowManagerActiveflowDuration = serviceHistogram(FlowManager, "flow_manager_activeflow_duration_seconds", Seconds, []float64{0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600},
		"Duration of active flows, in seconds.", svcReference)
	FlowManagerActiveflowEnded = serviceCounter(FlowManager, "flow_manager_activeflow_ended_total",
		"Active flows ended.", svcReference)
	FlowManagerActiveflowExecuteIterations = serviceHistogram(FlowManager, "flow_manager_activeflow_execute_iterations", None, []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000},
		"Actions that one execution of a flow went through.", svcReference)
	FlowManagerActiveflowRunning = serviceGauge(FlowManager, "flow_manager_activeflow_running", None,
		"Active flows as this process counts them; it begins at 0 with each restart, so that it drifts from the truth.", svcReference)
	FlowManagerActiveflowVariableInjection = serviceCounter(FlowManager, "flow_manager_activeflow_variable_injection_total",
		"Variables put into active flows by how that ended.", svcOutcome)
	FlowManagerFlowCRUD = serviceCounter(FlowManager, "flow_manager_flow_crud_total",
		"Flows made, changed and removed.", svcOperation)
	ScheduleManagerBackupLastBytes = serviceGauge(ScheduleManager, "schedule_manager_backup_last_bytes", Bytes,
		"Size of the latest backup, in bytes. A replica that is idle goes on showing an old one: take the maximum.")
	ScheduleManagerDispatchDuration = serviceHistogram(ScheduleManager, "schedule_manager_dispatch_duration_ms", Milliseconds, []float64{50, 100, 500, 1000, 3000, 10000, 60000, 300000},
		"How long a scheduled job took, in milliseconds.", svcSchedule)
	ScheduleManagerDispatch = serviceCounter(ScheduleManager, "schedule_manager_dispatch_total",
		"Runs of scheduled jobs by result.", svcSchedule, svcDispatched)
	ScheduleManagerExecutionRows = serviceGauge(ScheduleManager, "schedule_manager_execution_rows", None,
		"Rows of the table of executions.")
	ScheduleManagerScheduleLag = serviceGauge(ScheduleManager, "schedule_manager_schedule_lag_seconds", Seconds,
		"How much later than planned a job started, in seconds. A replica that is idle goes on showing an old one: take the maximum by job.", svcSchedule)
	ScheduleManagerScheduleLastSuccessTimestamp = serviceGauge(ScheduleManager, "schedule_manager_schedule_last_success_timestamp", Seconds,
		"When a job last succeeded, as seconds since 1970. A replica that is idle goes on showing an old one: take the maximum by job.", svcSchedule)
	StorageManagerDownloadURIFailure = serviceCounter(StorageManager, "storage_manager_download_uri_failure_total",
		"Addresses for a download that could not be made, by reason.", svcReason)
	StorageManagerSigningAvailable = serviceGauge(StorageManager, "storage_manager_signing_available", None,
		"Whether addresses for downloads can be signed (1) or not (0).")
	WebhookManagerActiveflowCache = serviceCounter(WebhookManager, "webhook_manager_activeflow_cache_total",
		"Look-ups of active flows in the cache, by result.", svcResult)
	WebhookManagerActiveflowResolve = serviceCounter(WebhookManager, "webhook_manager_activeflow_resolve_total",
		"Look-ups of active flows, by result.", svcResult)
	WebhookManagerDelivery = serviceCounter(WebhookManager, "webhook_manager_delivery_total",
		"Webhooks sent to customers, by result.", svcDestination, svcDelivered)
	MessageManagerMessagebirdNumberSend = serviceCounter(MessageManager, "message_manager_messagebird_number_send_total",
		"Messages sent by way of MessageBird.", svcType)
	MessageManagerRequestExternalProcessTime = serviceHistogram(MessageManager, "message_manager_request_external_process_time", Milliseconds, milliseconds(),
		"How long a provider took to answer a request, in milliseconds.", svcTarget, svcResource, svcMethod)
	MessageManagerTelnyxNumberSend = serviceCounter(MessageManager, "message_manager_telnyx_number_send_total",
		"Messages sent by way of Telnyx.", svcType)
	NumberManagerNumberCreate = serviceCounter(NumberManager, "number_manager_number_create_total",
		"Numbers made.", svcType)
	NumberManagerRequestExternalProcessTime = serviceHistogram(NumberManager, "number_manager_request_external_process_time", Milliseconds, milliseconds(),
		"How long a provider took to answer a request, in milliseconds.", svcTarget, svcResource, svcMethod)
	NumberManagerTelnyxNumberCreate = serviceCounter(NumberManager, "number_manager_telnyx_number_create_total",
		"Numbers bought from Telnyx.", svcType)
	NumberManagerTwilioNumberCreate = serviceCounter(NumberManager, "number_manager_twilio_number_create_total",
		"Numbers bought from Twilio.", svcType)
	ConversationManagerAccountCreate = serviceCounter(ConversationManager, "conversation_manager_account_create_total",
		"Accounts of messengers made.", svcType)
)

// voipbinFlow lists the families of this file.
func voipbinFlow() []*Family {
	return []*Family{
		FlowManagerActionDispatch, FlowManagerActionError, FlowManagerActionExecuted, FlowManagerActionExecuteDuration,
		FlowManagerActiveflowCreated, FlowManagerActiveflowDuration, FlowManagerActiveflowEnded, FlowManagerActiveflowExecuteIterations,
		FlowManagerActiveflowRunning, FlowManagerActiveflowVariableInjection, FlowManagerFlowCRUD, ScheduleManagerBackupLastBytes,
		ScheduleManagerDispatchDuration, ScheduleManagerDispatch, ScheduleManagerExecutionRows, ScheduleManagerScheduleLag,
		ScheduleManagerScheduleLastSuccessTimestamp, StorageManagerDownloadURIFailure, StorageManagerSigningAvailable,
		WebhookManagerActiveflowCache, WebhookManagerActiveflowResolve, WebhookManagerDelivery, MessageManagerMessagebirdNumberSend,
		MessageManagerRequestExternalProcessTime, MessageManagerTelnyxNumberSend, NumberManagerNumberCreate,
		NumberManagerRequestExternalProcessTime, NumberManagerTelnyxNumberCreate, NumberManagerTwilioNumberCreate,
		ConversationManagerAccountCreate,
	}
}
