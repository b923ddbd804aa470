"""NF-e documents made up from a seed: right keys and check digits, names that nobody has."""

import random

from sources.kit.formats import access_key_check_digit

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"

ICMS = """<ICMS00><orig>0</orig><CST>00</CST><modBC>3</modBC><vBC>{base}</vBC><pICMS>18.0000</pICMS>
<vICMS>{tax}</vICMS></ICMS00>"""

ITEM = """<det nItem="{number}"><prod><cProd>P{number:04d}</cProd><cEAN>SEM GTIN</cEAN>
<xProd>Parafuso imaginário nº {number}</xProd><NCM>73181500</NCM><CFOP>5102</CFOP><uCom>UN</uCom>
<qCom>{quantity}</qCom><vUnCom>0.1234567891</vUnCom><vProd>{base}</vProd><cEANTrib>SEM GTIN</cEANTrib>
<uTrib>UN</uTrib><qTrib>{quantity}</qTrib><vUnTrib>0.1234567891</vUnTrib><indTot>1</indTot>
<xPed>PO-77</xPed><nItemPed>{number}</nItemPed></prod><imposto><vTotTrib>1.23</vTotTrib><ICMS>{icms}</ICMS>
<IPI><cEnq>999</cEnq><IPITrib><CST>50</CST><vBC>{base}</vBC><pIPI>5.0000</pIPI><vIPI>0.50</vIPI></IPITrib></IPI>
<PIS><PISAliq><CST>01</CST><vBC>{base}</vBC><pPIS>1.6500</pPIS><vPIS>0.17</vPIS></PISAliq></PIS>
<COFINS><COFINSAliq><CST>01</CST><vBC>{base}</vBC><pCOFINS>7.6000</pCOFINS><vCOFINS>0.76</vCOFINS></COFINSAliq>
</COFINS>{taxes}</imposto></det>"""

IBS_CBS = """<IS><CSTIS>000</CSTIS><cClassTribIS>000001</cClassTribIS><vBCIS>10.00</vBCIS><pIS>1.0000</pIS>
<vIS>0.10</vIS></IS><IBSCBS><CST>000</CST><cClassTrib>000001</cClassTrib><gIBSCBS><vBC>10.00</vBC>
<gIBSUF><pIBSUF>0.1000</pIBSUF><gDif><pDif>10.0000</pDif><vDif>0.01</vDif></gDif>
<gRed><pRedAliq>60.0000</pRedAliq><pAliqEfet>0.0400</pAliqEfet></gRed><vIBSUF>0.04</vIBSUF></gIBSUF>
<gIBSMun><pIBSMun>0.0000</pIBSMun><vIBSMun>0.00</vIBSMun></gIBSMun><vIBS>0.04</vIBS>
<gCBS><pCBS>0.9000</pCBS><vCBS>0.09</vCBS></gCBS></gIBSCBS></IBSCBS>"""

DOCUMENT = """<NFe xmlns="{ns}"><infNFe versao="4.00" Id="NFe{key}"><ide><cUF>35</cUF><cNF>{code}</cNF>
<natOp>Venda de mercadoria inventada</natOp><mod>{model}</mod><serie>1</serie><nNF>{number}</nNF>
<dhEmi>{issued_at}</dhEmi><tpNF>1</tpNF><idDest>1</idDest><cMunFG>3550308</cMunFG><tpImp>1</tpImp>
<tpEmis>1</tpEmis><cDV>{digit}</cDV><tpAmb>2</tpAmb><finNFe>1</finNFe><indFinal>0</indFinal>
<indPres>9</indPres><procEmi>0</procEmi><verProc>1.0</verProc>{references}</ide>
<emit><CNPJ>{cnpj}</CNPJ><xNome>Fábrica Fictícia de Porcas S.A.</xNome><enderEmit><xLgr>Rua Inventada</xLgr>
<nro>100</nro><xBairro>Centro</xBairro><cMun>3550308</cMun><xMun>São Paulo</xMun><UF>SP</UF>
<CEP>01000000</CEP><cPais>1058</cPais><xPais>Brasil</xPais></enderEmit><IE>111111111111</IE><CRT>3</CRT></emit>
<dest><CPF>52998224725</CPF><xNome>Comprador Imaginário</xNome><enderDest><xLgr>Av. Ausente</xLgr><nro>1</nro>
<xBairro>Bairro</xBairro><cMun>3509502</cMun><xMun>Campinas</xMun><UF>SP</UF><CEP>13000000</CEP></enderDest>
<indIEDest>9</indIEDest><email>ninguem@example.com</email></dest>{items}
<total><ICMSTot><vBC>{total}</vBC><vICMS>1.80</vICMS><vICMSDeson>0.00</vICMSDeson><vFCP>0.00</vFCP><vBCST>0.00</vBCST>
<vST>0.00</vST><vFCPST>0.00</vFCPST><vFCPSTRet>0.00</vFCPSTRet><vProd>{total}</vProd><vFrete>0.00</vFrete>
<vSeg>0.00</vSeg><vDesc>0.00</vDesc><vII>0.00</vII><vIPI>0.50</vIPI><vIPIDevol>0.00</vIPIDevol><vPIS>0.17</vPIS>
<vCOFINS>0.76</vCOFINS><vOutro>0.00</vOutro><vNF>{total}</vNF></ICMSTot><retTrib><vRetPIS>0.65</vRetPIS>
<vIRRF>1.50</vIRRF></retTrib>{totals}</total>
<transp><modFrete>0</modFrete><transporta><CNPJ>{cnpj}</CNPJ><xNome>Transportes de Mentira</xNome>
</transporta><vol><qVol>3</qVol><esp>CAIXA</esp></vol></transp>
<cobr><fat><nFat>F1</nFat><vOrig>{total}</vOrig><vDesc>0.00</vDesc><vLiq>{total}</vLiq></fat>
<dup><nDup>001</nDup><dVenc>2026-12-01</dVenc><vDup>5.00</vDup></dup>
<dup><nDup>002</nDup><dVenc>2027-01-01</dVenc><vDup>5.01</vDup></dup></cobr>
<pag><detPag><indPag>1</indPag><tPag>15</tPag><vPag>{total}</vPag></detPag></pag>
<infAdic><infCpl>Pedido PO-77</infCpl></infAdic></infNFe></NFe>"""

PROTOCOL = """<protNFe versao="4.00"><infProt><tpAmb>2</tpAmb><verAplic>SP_NFE</verAplic><chNFe>{key}</chNFe>
<dhRecbto>2026-11-02T10:00:05-03:00</dhRecbto><nProt>135260000000001</nProt><digVal>AAAA=</digVal>
<cStat>100</cStat><xMotivo>Autorizado o uso da NF-e</xMotivo></infProt></protNFe>"""


def access_key(
    number: int = 1, cnpj: str = "11222333000181", model: str = "55", code: str = "12345678"
) -> str:
    """A key of São Paulo, November 2026."""
    first_43 = f"352611{cnpj}{model}001{number:09d}1{code}"
    return f"{first_43}{access_key_check_digit(first_43)}"


def nfe(
    number: int = 1, items: int = 2, cnpj: str = "11222333000181", key: str | None = None, **parts: str
) -> str:
    """A bare ``NFe``; ``parts`` replace pieces: ``issued_at, references, taxes, totals, icms, total``."""
    rng = random.Random(number)
    model = parts.pop("model", "55")
    key = key or access_key(number, cnpj, model)
    lines = []
    for item in range(1, items + 1):
        base = f"{rng.randrange(1, 10**6)}.{rng.randrange(100):02d}"
        icms = parts.get("icms", ICMS).format(base=base, tax="1.80")
        quantity = f"{rng.randrange(1, 1000)}.0000"
        taxes = parts.get("taxes", "")
        lines.append(ITEM.format(number=item, base=base, quantity=quantity, icms=icms, taxes=taxes))
    return DOCUMENT.format(
        ns=NAMESPACE,
        key=key,
        code=key[35:43],
        digit=key[43],
        model=model,
        number=number,
        cnpj=cnpj,
        issued_at=parts.get("issued_at", "2026-11-02T10:00:00-03:00"),
        references=parts.get("references", ""),
        items="".join(lines),
        total=parts.get("total", "10.01"),
        totals=parts.get("totals", ""),
    )


def nfe_proc(number: int = 1, **parts: object) -> str:
    """An authorised invoice: ``nfeProc`` with its protocol."""
    document = nfe(number, **parts)
    key = document.partition('Id="NFe')[2][:44]
    return f'<nfeProc xmlns="{NAMESPACE}" versao="4.00">{document}{PROTOCOL.format(key=key)}</nfeProc>'
