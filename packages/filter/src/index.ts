export { type CompiledExpression, compileExpression, type PropertyLookup } from './compile.ts';
export { MAX_EXPRESSION_CHARACTERS, MAX_EXPRESSION_DEPTH } from './parse.ts';
export {
  buildSubscription,
  type ExpressionType,
  isTagWanted,
  MATCH_ALL,
  parseTagExpression,
  type TagExpression,
} from './tag-expression.ts';
