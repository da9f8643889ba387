package dev.uplift.engine;

import com.uber.m3.tally.Scope;
import com.uber.m3.tally.ScopeCloseException;
import io.micrometer.core.instrument.MeterRegistry;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.GetSystemInfoRequest;
import io.temporal.authorization.AuthorizationTokenSupplier;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.serviceclient.RpcRetryOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection to the Temporal server. */
public final class Engine implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final int LOOK_SECONDS = 5;

  private final EngineAddress address;
  private final WorkflowServiceStubs service;
  private final AuthorizationTokenSupplier apiKey;
  private final WorkflowClient client;
  private final Presence presence;
  private final Scope metrics;

  private Engine(
      EngineAddress address,
      WorkflowServiceStubs service,
      AuthorizationTokenSupplier apiKey,
      String identity,
      Scope metrics) {
    this.address = address;
    this.service = service;
    this.apiKey = apiKey;
    this.presence =
        new Presence(System::nanoTime, told -> log.warn("engine at {} {}", address.target(), told));
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
   * @throws EngineSettingsException if the engine is on another machine and the connection is not
   *     protected, or its files cannot be used
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
  public static Engine at(EngineAddress address, String identity, Duration giveUpAfter) {
    return at(address, identity, giveUpAfter, null);
  }

  /**
   * {@link #at(EngineAddress, String, Duration)} with the SDK's own measurements.
   *
   * @param metrics receives them
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
    address.requireProtected();
    EngineSecurity security = address.security();
    Scope metrics = registry == null ? null : SdkMetrics.into(registry);
    if (metrics != null) {
      options.setMetricsScope(metrics);
    }
    options.setTarget(address.target());
    if (address.embedded()) {
      options.setGrpcClientInterceptors(List.of(new StickyStripper()));
    }
    if (security.usesTls()) {
      options.setSslContext(EngineTls.context(security));
    }
    if (security.serverName() != null) {
      options.setChannelInitializer(channel -> channel.overrideAuthority(security.serverName()));
    }
    AuthorizationTokenSupplier apiKey = null;
    if (security.apiKeyFile() != null) {
      apiKey = new ApiKey(security.apiKeyFile());
      options.addApiKey(apiKey);
    }
    WorkflowServiceStubs service = WorkflowServiceStubs.newServiceStubs(options.build());
    return new Engine(address, service, apiKey, identity, metrics);
  }

  /** Its address, as it is configured. */
  public String target() {
    return address.target();
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
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        describeNamespace();
        registerSearchAttributes();
        presence.seen();
        return;
      } catch (RuntimeException notYet) {
        presence.missed(explain(notYet));
        Thread.sleep(pause.toMillis());
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
      }
    }
  }

  /**
   * Asks whether the engine is there, and logs it when that has changed. To be called regularly.
   */
  public void look() {
    try {
      describeNamespace();
      presence.seen();
    } catch (RuntimeException away) {
      presence.missed(explain(away));
    }
  }

  /** What kept the engine from answering when it was looked for last; empty if it answered. */
  public Optional<String> problem() {
    return presence.problem();
  }

  /** Why it did not do what it was asked, a clause about "it": what was seen, and what to set. */
  public String explain(Throwable failure) {
    return EngineProblem.of(failure, address.security());
  }

  // A call that every role allows, and that fails if the namespace is not there.
  private void describeNamespace() {
    service
        .blockingStub()
        .withDeadlineAfter(LOOK_SECONDS, TimeUnit.SECONDS)
        .describeNamespace(
            DescribeNamespaceRequest.newBuilder().setNamespace(address.namespace()).build());
  }

  private void registerSearchAttributes() {
    OperatorServiceStubsOptions.Builder options =
        OperatorServiceStubsOptions.newBuilder().setChannel(service.getRawChannel());
    if (apiKey != null) {
      options.addApiKey(apiKey);
    }
    SearchAttributes.register(
        OperatorServiceStubs.newServiceStubs(options.validateAndBuildWithDefaults()),
        address.namespace());
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
