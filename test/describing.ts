// Before any schema is made: one that is older than the OpenAPI library does not know how to describe itself.
import "@hono/zod-openapi";
