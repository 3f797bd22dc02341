/** Bit of a group's mask for a topic: it may not read it. Source: SubscriptionGroupManager.java, PermName.java. */
export const FORBIDDEN_READ = 4;
