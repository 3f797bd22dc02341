import type { JavaNumber } from './java-number.ts';

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type TextOperation = 'CONTAINS' | 'STARTSWITH' | 'ENDSWITH';

/** A parsed SQL92 expression. BETWEEN has become two comparisons. */
export type Expression =
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: JavaNumber }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | {
      readonly kind: 'comparison';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'isNull'; readonly operand: Expression; readonly isNegated: boolean }
  | {
      readonly kind: 'in';
      readonly name: string;
      readonly values: readonly string[];
      readonly isNegated: boolean;
    }
  | {
      readonly kind: 'textTest';
      readonly operation: TextOperation;
      readonly operand: Expression;
      readonly search: string;
      readonly isNegated: boolean;
    };

/** Whether an expression's value is true, false or null; a property counts where a condition must stand. */
export function isCondition(expression: Expression): boolean {
  return !['property', 'text', 'number', 'negate'].includes(expression.kind);
}
