package dev.uplift.engine;

import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.ListSearchAttributesRequest;
import io.temporal.common.SearchAttributeKey;
import io.temporal.serviceclient.OperatorServiceStubs;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What runs can be searched by in the Temporal UI. They must be known to the engine before their
 * first use.
 */
public final class SearchAttributes {
  public static final SearchAttributeKey<String> TENANT =
      SearchAttributeKey.forKeyword("UpliftTenant");
  public static final SearchAttributeKey<String> HOST = SearchAttributeKey.forKeyword("UpliftHost");
  public static final SearchAttributeKey<String> OUTCOME =
      SearchAttributeKey.forKeyword("UpliftOutcome");
  public static final SearchAttributeKey<String> RELEASE =
      SearchAttributeKey.forKeyword("UpliftRelease");

  private static final List<SearchAttributeKey<String>> ALL =
      List.of(TENANT, HOST, OUTCOME, RELEASE);

  private SearchAttributes() {}

  /**
   * @throws EngineSettingsException if some are missing and we may not add them
   */
  static void register(OperatorServiceStubs operator, String namespace) {
    for (SearchAttributeKey<?> key : ALL) {
      try {
        operator
            .blockingStub()
            .addSearchAttributes(
                AddSearchAttributesRequest.newBuilder()
                    .setNamespace(namespace)
                    .putSearchAttributes(key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
                    .build());
      } catch (StatusRuntimeException refused) {
        switch (refused.getStatus().getCode()) {
          case ALREADY_EXISTS -> {
            // From an earlier start.
          }
          case PERMISSION_DENIED, UNIMPLEMENTED -> {
            requireAll(operator, namespace);
            return;
          }
          default -> throw refused;
        }
      }
    }
  }

  // An administrator may have added them, so that we need no more than to write.
  private static void requireAll(OperatorServiceStubs operator, String namespace) {
    Set<String> known =
        operator
            .blockingStub()
            .listSearchAttributes(
                ListSearchAttributesRequest.newBuilder().setNamespace(namespace).build())
            .getCustomAttributesMap()
            .keySet();
    List<String> missing =
        ALL.stream()
            .map(SearchAttributeKey::getName)
            .filter(name -> !known.contains(name))
            .toList();
    if (!missing.isEmpty()) {
      throw new EngineSettingsException(
          "it lacks search attributes, and we may not add them. Run: temporal operator"
              + " search-attribute create --namespace "
              + namespace
              + missing.stream()
                  .map(name -> " --name " + name + " --type Keyword")
                  .collect(Collectors.joining()));
    }
  }
}
