package dev.uplift.worker;

import java.util.Set;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether this worker carries out steps on its host; one that only runs workflows needs nothing of
 * the host.
 */
class HasHostRole implements Condition {
  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return Binder.get(context.getEnvironment())
        .bind("uplift.roles", Bindable.setOf(WorkerProperties.Role.class))
        .orElse(Set.of(WorkerProperties.Role.values()))
        .contains(WorkerProperties.Role.HOST);
  }
}
