package dev.uplift.api.upgrade;

import io.temporal.client.WorkflowStub;
import java.util.UUID;

/** An upgrade that the engine has taken. */
record Running(UUID id, WorkflowStub run) {}
