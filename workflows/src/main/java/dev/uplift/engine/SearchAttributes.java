package dev.uplift.engine;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.common.SearchAttributeKey;
import io.temporal.serviceclient.OperatorServiceStubs;

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

  private SearchAttributes() {}

  static void register(OperatorServiceStubs operator, String namespace) {
    for (var key : new SearchAttributeKey<?>[] {TENANT, HOST, OUTCOME, RELEASE}) {
      try {
        operator
            .blockingStub()
            .addSearchAttributes(
                AddSearchAttributesRequest.newBuilder()
                    .setNamespace(namespace)
                    .putSearchAttributes(key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
                    .build());
      } catch (StatusRuntimeException refused) {
        if (refused.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
          throw refused;
        }
      }
    }
  }
}
