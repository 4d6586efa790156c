/** The Worker of the tests inside workerd: the objects and workflows, and no plane. */
export * from "../../workers/objects.ts";

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler;
