package dev.uplift.engine;

import com.uber.m3.tally.Scope;
import com.uber.m3.tally.ScopeCloseException;
import io.micrometer.core.instrument.MeterRegistry;
import io.temporal.api.workflowservice.v1.GetSystemInfoRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.serviceclient.RpcRetryOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection to the Temporal server. */
public final class Engine implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);
  private final EngineAddress address;
  private final WorkflowServiceStubs service;
  private final WorkflowClient client;
  private final Scope metrics;

  private Engine(
      EngineAddress address, WorkflowServiceStubs service, String identity, Scope metrics) {
    this.address = address;
    this.service = service;
    this.metrics = metrics;
    this.client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder()
                .setNamespace(address.namespace())
                .setIdentity(identity)
                .build());
  }

  /**
   * Prepares a connection; nothing is sent yet, so this works while the engine is down.
   *
   * @param identity who this process is, shown in the Temporal UI
   */
  public static Engine at(EngineAddress address, String identity) {
    return at(address, identity, WorkflowServiceStubsOptions.newBuilder(), null);
  }

  /**
   * {@link #at(EngineAddress, String)} with the SDK's own measurements.
   *
   * @param metrics receives them
   */
  public static Engine at(EngineAddress address, String identity, MeterRegistry metrics) {
    return at(address, identity, WorkflowServiceStubsOptions.newBuilder(), metrics);
  }

  /**
   * {@link #at(EngineAddress, String)} for callers that somebody waits for.
   *
   * @param giveUpAfter when a call that the engine does not answer fails
   */
  public static Engine at(
      EngineAddress address, String identity, Duration giveUpAfter, MeterRegistry metrics) {
    RpcRetryOptions retries =
        RpcRetryOptions.newBuilder().setExpiration(giveUpAfter).validateBuildWithDefaults();
    return at(
        address,
        identity,
        WorkflowServiceStubsOptions.newBuilder()
            .setRpcTimeout(giveUpAfter)
            .setRpcQueryTimeout(giveUpAfter)
            .setRpcRetryOptions(retries),
        metrics);
  }

  private static Engine at(
      EngineAddress address,
      String identity,
      WorkflowServiceStubsOptions.Builder options,
      MeterRegistry registry) {
    Scope metrics = registry == null ? null : SdkMetrics.into(registry);
    if (metrics != null) {
      options.setMetricsScope(metrics);
    }
    options.setTarget(address.target());
    if (address.embedded()) {
      options.setGrpcClientInterceptors(List.of(new StickyStripper()));
    }
    return new Engine(
        address, WorkflowServiceStubs.newServiceStubs(options.build()), identity, metrics);
  }

  /** The client through which workflows are started and asked. */
  public WorkflowClient client() {
    return client;
  }

  /**
   * Asks the engine for a sign of life and returns how long that took.
   *
   * @throws RuntimeException if it did not answer in time
   */
  public Duration answer(Duration within) {
    long asked = System.nanoTime();
    service
        .blockingStub()
        .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)
        .getSystemInfo(GetSystemInfoRequest.getDefaultInstance());
    return Duration.ofNanos(System.nanoTime() - asked);
  }

  /**
   * Waits until the engine answers and knows our search attributes. Workers must not start before:
   * the SDK gives up at once when the server is away at its start.
   *
   * @throws InterruptedException if the process is told to stop meanwhile
   */
  public void awaitReady() throws InterruptedException {
    Duration pause = Duration.ofMillis(250);
    while (true) {
      try {
        registerSearchAttributes();
        return;
      } catch (RuntimeException notYet) {
        log.warn("engine at {} does not answer yet: {}", address.target(), notYet.getMessage());
        Thread.sleep(pause.toMillis());
        pause =
            pause.multipliedBy(2).compareTo(Duration.ofSeconds(10)) < 0
                ? pause.multipliedBy(2)
                : pause;
      }
    }
  }

  private void registerSearchAttributes() {
    OperatorServiceStubs operator =
        OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder()
                .setChannel(service.getRawChannel())
                .validateAndBuildWithDefaults());
    SearchAttributes.register(operator, address.namespace());
  }

  @Override
  public void close() {
    service.shutdown();
    service.awaitTermination(2, TimeUnit.SECONDS);
    if (metrics != null) {
      try {
        metrics.close();
      } catch (ScopeCloseException lost) {
        log.warn("the last measurements of the engine's SDK are lost", lost);
      }
    }
  }
}
